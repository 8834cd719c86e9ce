using System.Text.Json;
using Gpu.Cli.Laboratory;
using Gpu.Engine.Plans;

namespace Gpu.Cli.Rendering;

/// <summary>
/// Writes layers of runs in the trace event format that Perfetto and Chrome's about://tracing open: on one time line a bar for each run, and
/// below it one for each of its layers.
/// </summary>
internal static class ProfileTrace
{
    private const int Process = 1;
    private const int Thread = 1;

    /// <summary>Writes a trace.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="title">What ran where.</param>
    /// <param name="runs">All runs, in order.</param>
    /// <exception cref="OutputFileException">It cannot be written.</exception>
    public static void Write(string path, string title, IReadOnlyList<TracedRun> runs)
    {
        var origin = runs[0].Start;
        List<object> events =
        [
            Name("process_name", title),
            Name("thread_name", "runs and their layers"),
            .. runs.SelectMany((run, i) => run.Layers.Select(l => Bar("layer", l.Timing.Layer, l.Start - origin, l.End - origin, Numbers(l.Timing)))
                .Prepend(Bar("run", $"run {i + 1}", run.Start - origin, run.End - origin, new { Layers = run.Layers.Count }))),
        ];
        OutputFile.Write(path, stream => JsonSerializer.Serialize(stream, new { TraceEvents = events, DisplayTimeUnit = "ms" }, JsonText.Options));
    }

    private static object Name(string what, string name) => new { Name = what, Ph = "M", Pid = Process, Tid = Thread, Args = new { Name = name } };

    /// <summary>Named as in the profile's JSON.</summary>
    private static Dictionary<string, object> Numbers(LayerTiming timing) => new()
    {
        ["algorithm"] = timing.Algorithm,
        ["flops"] = timing.Cost.Flops,
        ["bytes"] = timing.Cost.Bytes,
        ["gflops"] = timing.GigaflopsPerSecond,
        ["gigabytes_per_second"] = timing.Cost.Bytes / timing.Elapsed.TotalNanoseconds,
    };

    /// <summary>A complete event, in microseconds. Viewers put it below the one before that covers its time.</summary>
    private static object Bar(string category, string name, TimeSpan start, TimeSpan end, object arguments) => new
    {
        Name = name,
        Cat = category,
        Ph = "X",
        Ts = start.TotalMicroseconds,
        Dur = (end - start).TotalMicroseconds,
        Pid = Process,
        Tid = Thread,
        Args = arguments,
    };
}
