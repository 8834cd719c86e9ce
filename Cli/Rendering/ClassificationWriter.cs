using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints classified pictures one by one; disposing ends the document.</summary>
internal abstract class ClassificationWriter(TextWriter output, string network, DeviceInfo device) : IDisposable
{
    protected TextWriter Output => output;

    protected string Network => network;

    protected DeviceInfo Device => device;

    public static ClassificationWriter Create(OutputFormat format, TextWriter output, string network, DeviceInfo device) => format switch
    {
        OutputFormat.Json => new Json(output, network, device),
        OutputFormat.Csv => new Csv(output, network, device),
        _ => new Plain(output, network, device),
    };

    /// <summary>Prints one classified picture.</summary>
    public abstract void Write(ClassifiedImage item);

    public void Dispose() => End();

    /// <summary>Prints what ends the document.</summary>
    protected virtual void End()
    {
    }

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

    private sealed class Json(TextWriter output, string network, DeviceInfo device) : ClassificationWriter(output, network, device)
    {
        private bool started;

        public override void Write(ClassifiedImage item)
        {
            Output.WriteLine(started ? "," : "[");
            started = true;
            Output.Write(JsonText.Serialize(new
            {
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
            }));
        }

        protected override void End() => Output.WriteLine(started ? "\n]" : "[]");
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
                    $"{Quote(item.Path)},{p.Rank},{p.Label.Index},{p.Label.WordNetId},{Quote(p.Label.Name)},{p.Probability:R},{p.Logit:R}"));
            }
        }

        /// <summary>RFC 4180: a field with a comma, quote or line break stands in quotes, its quotes doubled.</summary>
        private static string Quote(string field) =>
            field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
    }
}
