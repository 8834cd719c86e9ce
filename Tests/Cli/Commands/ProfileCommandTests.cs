using System.Diagnostics.Tracing;
using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Commands;

internal sealed class ProfileCommandTests
{
    private static readonly string[] Thin = ["profile", "--device", "cpu", "--width-divisor", "16", "--runs", "3", "--warmup", "1"];

    [Test]
    public async Task Every_layer_has_a_row_and_the_shares_are_of_all()
    {
        var (code, output, error) = await VggCommands.Run([.. Thin, "--batch", "2", "--format", "json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var layers = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(layers[0].GetProperty("layer").GetString(), Is.EqualTo("conv1/conv1_1"));
            Assert.That(layers[^1].GetProperty("layer").GetString(), Is.EqualTo("softmax"));
            Assert.That(layers.Sum(l => l.GetProperty("share").GetDouble()), Is.EqualTo(1).Within(1e-9));
            Assert.That(layers[0].GetProperty("flops").GetInt64(), Is.EqualTo(2L * 2 * 224 * 224 * 27 * 4));
            Assert.That(layers.Select(l => l.GetProperty("percent_of_roofline").GetDouble()), Is.All.Positive);
            Assert.That(layers.Select(l => l.GetProperty("bound").GetString()), Is.All.AnyOf("memory", "arithmetic"));
        });
        Assert.That((await VggCommands.Run(Thin)).Output, Does.Match(@"VGG-16, 1 x 224x224, float32, on cpu[\s\S]*conv1/conv1_1[\s\S]*all layers .* GFLOP/s"));
    }

    [Test]
    public async Task A_trace_has_a_bar_for_each_layer_of_each_run()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "trace.json");
        Assert.That((await VggCommands.Run([.. Thin, "--trace", path])).Code, Is.EqualTo(ExitCode.Success));
        using var trace = JsonDocument.Parse(await File.ReadAllTextAsync(path));
        var bars = trace.RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        var (runs, layers) = (bars.Where(b => b.GetProperty("cat").GetString() == "run").ToList(), bars.Where(b => b.GetProperty("cat").GetString() == "layer").ToList());
        Assert.Multiple(() =>
        {
            Assert.That(runs, Has.Count.EqualTo(3));
            Assert.That(layers, Has.Count.EqualTo(3 * layers.Count(l => IsWithin(l, runs[0]))));
            Assert.That(layers.Zip(layers.Skip(1)).All(p => End(p.First) <= Start(p.Second) + 1), "none overlaps the next");
            Assert.That(bars.Select(b => b.GetProperty("tid").GetInt32()).Distinct().Count(), Is.EqualTo(1), "viewers show the layers below their runs");
            Assert.That(runs.All(r => layers.Exists(l => IsWithin(l, r))) && layers.TrueForAll(l => runs.Exists(r => IsWithin(l, r))));
            Assert.That(layers[0].GetProperty("args").GetProperty("algorithm").GetString(), Is.Not.Empty);
            Assert.That(layers[0].GetProperty("args").GetProperty("gigabytes_per_second").GetDouble(), Is.Positive);
        });

        static double Start(JsonElement bar) => bar.GetProperty("ts").GetDouble();
        static double End(JsonElement bar) => Start(bar) + bar.GetProperty("dur").GetDouble();
        static bool IsWithin(JsonElement bar, JsonElement run) => Start(bar) >= Start(run) && End(bar) <= End(run);
    }

    [Test]
    public async Task A_roofline_is_drawn()
    {
        var folder = TestFiles.OutputFolder();
        var (png, svg) = (Path.Combine(folder, "roofline.png"), Path.Combine(folder, "roofline.svg"));
        Assert.That((await VggCommands.Run([.. Thin, "--plot", png])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await VggCommands.Run([.. Thin, "--plot", svg])).Code, Is.EqualTo(ExitCode.Success));
        using var picture = SKBitmap.Decode(png);
        var text = await File.ReadAllTextAsync(svg);
        Assert.Multiple(() =>
        {
            Assert.That((picture.Width, picture.Height), Is.EqualTo((1200, 800)));
            Assert.That(Enumerable.Range(0, 800).Sum(y => Enumerable.Range(0, 1200).Count(x => picture.GetPixel(x, y) != SKColors.White)), Is.GreaterThan(10_000));
            Assert.That(text, Does.Contain("<svg").And.Contain("GFLOP/s").And.Contain("conv1_1").And.Contain("fc6"));
        });
        Assert.That((await VggCommands.Run([.. Thin, "--plot", "roofline.txt"])).Code, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public async Task Layers_are_told_to_profilers()
    {
        using var listener = new LayerListener();
        Assert.That((await VggCommands.Run(Thin)).Code, Is.EqualTo(ExitCode.Success));
        var names = listener.Names;
        Assert.That(names, Does.Contain("LayerStart conv1/conv1_1"));
        Assert.That(names.Count(n => n.StartsWith("LayerStart", StringComparison.Ordinal)), Is.EqualTo(names.Count(n => n.StartsWith("LayerStop", StringComparison.Ordinal))));
    }

    private sealed class LayerListener : EventListener
    {
        private readonly List<string> names = [];

        public IReadOnlyList<string> Names
        {
            get
            {
                lock (names)
                {
                    return [.. names];
                }
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Gpu-Engine")
            {
                EnableEvents(eventSource, EventLevel.LogAlways);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            lock (names)
            {
                names.Add($"{eventData.EventName} {eventData.Payload?.FirstOrDefault()}");
            }
        }
    }
}
