using System.CommandLine;
using System.Globalization;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg profile</c></summary>
internal static class ProfileCommand
{
    public static Command Create()
    {
        var network = new MeasuredNetworkOptions();
        var batch = BoundedOption.Create("--batch", "Inputs of a run.", 1, 1, 1024);
        var size = new InputSizeOption();
        var runs = BoundedOption.Create("--runs", "Measured runs; the median of each layer counts.", 10, 1, 100_000);
        var warmup = BoundedOption.Create("--warmup", "Runs before them.", 3, 0, 1000);
        var trace = new Option<string?>("--trace") { Description = "File for the time line of all runs, which Perfetto and Chrome open.", HelpName = "JSON" };
        var plot = new Option<string?>("--plot") { Description = "File for a drawing of the layers under the device's roofline.", HelpName = "PNG|SVG" };
        plot.Require(path => path is null || RooflinePlot.IsKnown(path), "--plot is a file that ends in .png or .svg.");
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var compute = new ComputeOptions();
        var command = new Command(
            "profile",
            """
            Time the network layer by layer, beside what the device could do. That is its roofline of multiply-adds and memory, measured by 'vgg roofs'. Waiting after every layer costs some of the speed that 'vgg bench' measures.

            Examples:
              vgg profile --device cpu
              vgg profile --batch 8 --plot roofline.svg --trace trace.json
            """)
        {
            batch, size.Option, runs, warmup, trace, plot, format,
        };
        network.AddTo(command);
        compute.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var (options, input) = (compute.Read(parsed), size.Read(parsed, parsed.GetValue(batch)));
                using var checkpoint = network.Open(parsed, cancellationToken);
                var profile = new Profiler(input, parsed.GetValue(runs), parsed.GetValue(warmup))
                    .Run(checkpoint, options, GlobalOptions.Notices(parsed), cancellationToken);
                var title = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{profile.Network}, {input.Batch} x {input.Height}x{input.Width}, {ComputeOptions.NameOf(options.Precision)}, on {profile.Device.Id} ({profile.Device.Name}, {profile.Device.Driver})");
                if (parsed.GetValue(trace) is { } traceFile)
                {
                    ProfileTrace.Write(traceFile, title, profile.Trace);
                }

                if (parsed.GetValue(plot) is { } plotFile)
                {
                    RooflinePlot.Write(plotFile, title, profile);
                }

                ProfileWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output, title, profile);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }
}
