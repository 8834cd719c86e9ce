using System.Text.Json;
using Gpu.Cli.Laboratory;

namespace Gpu.Cli.Rendering;

/// <summary>Writes layers of runs in the trace event format that Chrome's about://tracing and Perfetto open: a bar for each on one time line.</summary>
internal static class ProfileTrace
{
    private const int Process = 1;
    private const int RunsThread = 1;
    private const int LayersThread = 2;

    /// <summary>Writes a trace.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="title">What ran where.</param>
    /// <param name="layers">All layers of all runs, in order.</param>
    /// <exception cref="OutputFileException">It cannot be written.</exception>
    public static void Write(string path, string title, IReadOnlyList<TracedLayer> layers)
    {
        var origin = layers[0].Start;
        List<object> events =
        [
            Name("process_name", 0, title),
            Name("thread_name", RunsThread, "runs"),
            Name("thread_name", LayersThread, "layers"),
            .. layers.GroupBy(l => l.Run).Select(run => Bar(
                RunsThread, $"run {run.Key + 1}", "run", run.First().Start - origin, run.Last().End - run.First().Start, new { Layers = run.Count() })),
            .. layers.Select(l => Bar(
                LayersThread, l.Timing.Layer, "layer", l.Start - origin, l.End - l.Start,
                new { l.Timing.Algorithm, l.Timing.Cost.Flops, l.Timing.Cost.Bytes, Gflops = l.Timing.GigaflopsPerSecond })),
        ];
        OutputFile.Write(path, stream => JsonSerializer.Serialize(stream, new { TraceEvents = events, DisplayTimeUnit = "ms" }, JsonText.Options));
    }

    private static object Name(string what, int thread, string name) => new { Name = what, Ph = "M", Pid = Process, Tid = thread, Args = new { Name = name } };

    /// <summary>A complete event, in microseconds.</summary>
    private static object Bar(int thread, string name, string category, TimeSpan start, TimeSpan duration, object arguments) => new
    {
        Name = name,
        Cat = category,
        Ph = "X",
        Ts = start.TotalMicroseconds,
        Dur = duration.TotalMicroseconds,
        Pid = Process,
        Tid = thread,
        Args = arguments,
    };
}
