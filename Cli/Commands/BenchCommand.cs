using System.CommandLine;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Kernels.Devices;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg bench</c></summary>
internal static class BenchCommand
{
    /// <summary>Of an input: 4 GiB.</summary>
    private const long MaximumElements = 1 << 30;

    private const int MaximumBatch = 1024;
    private const string Automatic = "auto";

    public static Command Create()
    {
        var network = new MeasuredNetworkOptions();
        var batch = new Option<string>("--batch")
        {
            Description = "Inputs of a run: numbers and ranges, 1,8,64 or 1-8 or 8-64+8 or 1-64*2.",
            HelpName = "N,...",
            DefaultValueFactory = _ => "1",
        };
        batch.Require(text => NumberList.Parse(text, 1, MaximumBatch) is not null, $"--batch is a list of numbers from 1 to {MaximumBatch}, such as 1,8,64 or 1-64*2.");
        var size = new InputSizeOption(takesList: true);
        var runs = BoundedOption.Create("--runs", "Measured runs of each.", 20, 1, 100_000);
        var warmup = BoundedOption.Create("--warmup", "Runs before them, beside the first, which compiles the kernels.", 3, 0, 1000);
        var coolDown = BoundedOption.Create("--cool-down", "Milliseconds of pause between measurements.", 500, 0, 600_000);
        var check = new Option<string>("--check")
        {
            Description = "Inputs of a batch compared with float64; auto: one, where that takes seconds.",
            HelpName = "N|auto",
            DefaultValueFactory = _ => Automatic,
        };
        check.Require(text => text == Automatic || NumberList.Parse(text, 0, MaximumBatch) is [_], $"--check is a number from 0 to {MaximumBatch}, or {Automatic}.");
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var compute = new ComputeOptions(takesLists: true);
        var command = new Command(
            "bench",
            """
            Time the network on random inputs, for every combination of what options list. From the input in memory to the logits in memory; loading and compiling are not in it.

            Examples:
              vgg bench                                       one 224x224 input, random weights
              vgg bench --batch 1-64*2 --device cpu,cuda:0    how it grows, on two devices
              vgg bench --size 224,768x1024 --threads 1,2 --precision float32,fp16-weights
              vgg bench --batch 1,8 --format json > new.json && vgg bench compare old.json new.json
            """)
        {
            batch, size.Option, runs, warmup, coolDown, check, format,
        };
        network.AddTo(command);
        compute.AddTo(command);
        command.Add(BenchCompareCommand.Create());
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var inputs = NumberList.Parse(parsed.GetValue(batch), 1, MaximumBatch)!.SelectMany(b => size.ReadAll(parsed, b)).OrderBy(i => (long)i.Height * i.Width).ToList();
                if (inputs.Max(i => i.Elements) is > MaximumElements and var elements)
                {
                    throw new UsageException($"--batch and --size make an input of {elements} values, and at most {MaximumElements} are measured.");
                }

                var options = new BenchOptions(
                    parsed.GetValue(runs), parsed.GetValue(warmup), TimeSpan.FromMilliseconds(parsed.GetValue(coolDown)),
                    parsed.GetValue(check) == Automatic ? null : NumberList.Parse(parsed.GetValue(check), 0, MaximumBatch)![0]);
                using var checkpoint = network.Open(parsed, cancellationToken);
                var bench = new Bench(checkpoint, options, GlobalOptions.Notices(parsed));
                var (records, failures) = (new List<BenchRecord>(), 0);
                List<Engine.VggOptions> all = [.. compute.ReadAll(parsed)];
                try
                {
                    foreach (var one in all)
                    {
                        failures += Measure(one) ? 0 : 1;
                    }
                }
                finally
                {
                    // Also of an interrupted sweep.
                    if (records.Count > 0)
                    {
                        BenchWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output, records);
                    }
                }

                return failures == 0 ? ExitCode.Success : failures == all.Count ? ExitCode.Device : ExitCode.InputsFailed;

                bool Measure(Engine.VggOptions one)
                {
                    try
                    {
                        foreach (var record in bench.Run(one, inputs, cancellationToken))
                        {
                            records.Add(record);
                        }

                        return true;
                    }
                    catch (DeviceException exception) when (all.Count > 1)
                    {
                        // What the others can is worth knowing.
                        parsed.InvocationConfiguration.Error.WriteLine(exception.Message);
                        return false;
                    }
                }
            },
            cancellationToken));
        return command;
    }
}
