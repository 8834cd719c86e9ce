using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints classified pictures one by one.</summary>
internal abstract class ClassificationWriter(TextWriter output, string network, DeviceInfo device)
{
    protected TextWriter Output => output;

    protected string Network => network;

    protected DeviceInfo Device => device;

    public static ClassificationWriter Create(OutputFormat format, TextWriter output, string network, DeviceInfo device) => format switch
    {
        OutputFormat.Json => new Json(output, isLines: false, network, device),
        OutputFormat.Jsonl => new Json(output, isLines: true, network, device),
        OutputFormat.Markdown => new Markdown(output, network, device),
        OutputFormat.Csv => new Csv(output, network, device),
        _ => new Plain(output, network, device),
    };

    /// <summary>Prints one classified picture.</summary>
    public abstract void Write(ClassifiedImage item);

    /// <summary>Prints what ends the document.</summary>
    public virtual void End()
    {
    }

    /// <summary>The picture as docs/output.md describes it.</summary>
    private object Describe(ClassifiedImage item) => new
    {
        Schema = Schemas.Classify,
        File = item.Path,
        item.Image!.Width,
        item.Image.Height,
        Device = Device.Id,
        Network,
        Milliseconds = Math.Round(item.Elapsed.TotalMilliseconds, 3),
        Predictions = item.Predictions.Select(p => new
        {
            p.Rank,
            p.Label.Index,
            Wnid = p.Label.WordNetId,
            p.Label.Name,
            p.Probability,
            p.Logit,
        }),
    };

    private sealed class Plain(TextWriter output, string network, DeviceInfo device) : ClassificationWriter(output, network, device)
    {
        /// <summary>Characters of a bar for probability 1.</summary>
        private const int BarLength = 20;

        private bool started;

        public override void Write(ClassifiedImage item)
        {
            if (started)
            {
                Output.WriteLine();
            }

            started = true;
            Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{item.Path}  {item.Image!.Width}x{item.Image.Height}  {Network} on {Device.Id}  {item.Elapsed.TotalMilliseconds:F1} ms"));
            var table = TextTable.Create("", "class", "probability", "", "index");
            foreach (var prediction in item.Predictions)
            {
                table.AddRow(
                    new Text($"{prediction.Rank}"),
                    new Text(prediction.Label.Name),
                    new Text(prediction.Probability.ToString("F4", CultureInfo.InvariantCulture)),
                    new Text(new string('█', (int)MathF.Round(prediction.Probability * BarLength)).PadRight(BarLength)),
                    new Text(prediction.Label.WordNetId is { } id ? $"{prediction.Label.Index}  {id}" : $"{prediction.Label.Index}"));
            }

            TextTable.Print(Output, table);
        }
    }

    private sealed class Json(TextWriter output, bool isLines, string network, DeviceInfo device) : ClassificationWriter(output, network, device)
    {
        private readonly JsonSequence sequence = new(output, isLines);

        public override void Write(ClassifiedImage item) => sequence.Write(Describe(item));

        public override void End() => sequence.End();
    }

    private sealed class Markdown : ClassificationWriter
    {
        public Markdown(TextWriter output, string network, DeviceInfo device)
            : base(output, network, device)
        {
            Output.WriteLine("| file | rank | class | probability | index |");
            Output.WriteLine("|---|---|---|---|---|");
        }

        public override void Write(ClassifiedImage item)
        {
            foreach (var p in item.Predictions)
            {
                Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {MarkdownText.Cell(item.Path)} | {p.Rank} | {MarkdownText.Cell(p.Label.Name)} | {p.Probability:F4} | {p.Label.Index} |"));
            }
        }
    }

    private sealed class Csv : ClassificationWriter
    {
        public Csv(TextWriter output, string network, DeviceInfo device)
            : base(output, network, device) => Output.WriteLine("file,rank,index,wnid,name,probability,logit");

        public override void Write(ClassifiedImage item)
        {
            foreach (var p in item.Predictions)
            {
                Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{CsvText.Field(item.Path)},{p.Rank},{p.Label.Index},{p.Label.WordNetId},{CsvText.Field(p.Label.Name)},{p.Probability:R},{p.Logit:R}"));
            }
        }
    }
}
