using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Gpu.Loader.Labels;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints annotated pictures one by one.</summary>
internal abstract class AnnotationWriter
{
    /// <summary>Begins the results.</summary>
    /// <param name="format">How they are printed.</param>
    /// <param name="output">Receives them.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="device">What ran it.</param>
    /// <param name="classes">The classes that may occur.</param>
    public static AnnotationWriter Create(
        AnnotationFormat format, TextWriter output, string network, DeviceInfo device, IReadOnlyList<ClassLabel> classes) => format switch
        {
            AnnotationFormat.Json => new Json(output, isLines: false, network, device),
            AnnotationFormat.Jsonl => new Json(output, isLines: true, network, device),
            AnnotationFormat.Csv => new Csv(output),
            AnnotationFormat.Coco => new CocoWriter(output, network, classes),
            _ => new Plain(output, network, device),
        };

    /// <summary>Prints one picture's objects.</summary>
    public abstract void Write(AnnotatedImage annotated);

    /// <summary>Prints what ends the document.</summary>
    public virtual void End()
    {
    }

    private sealed class Plain(TextWriter output, string network, DeviceInfo device) : AnnotationWriter
    {
        private bool started;

        public override void Write(AnnotatedImage annotated)
        {
            if (started)
            {
                output.WriteLine();
            }

            started = true;
            var (item, map) = (annotated.Item, annotated.Item.Map!);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{item.Path}  {map.ImageWidth}x{map.ImageHeight}  {network} on {device.Id}  {item.Elapsed.TotalMilliseconds:F0} ms"));
            if (annotated.Objects.Count == 0)
            {
                output.WriteLine("nothing found; a lower --threshold finds more");
                return;
            }

            var table = TextTable.Create("class", "confidence", "share", "position", "box", "regions");
            foreach (var found in annotated.Objects.OrderByDescending(o => o.Share))
            {
                table.AddRow(
                    new Text(found.Label.Name),
                    Number($"{found.Confidence:F2}"),
                    Number($"{100 * found.Share:F1} %"),
                    new Text($"{found.Position}"),
                    Number($"{found.Box.Width}x{found.Box.Height} at {found.Box.X}, {found.Box.Y}"),
                    Number($"{found.Regions}"));
            }

            TextTable.Print(output, table);
        }

        private static Text Number(FormattableString text) => new(text.ToString(CultureInfo.InvariantCulture));
    }

    private sealed class Json(TextWriter output, bool isLines, string network, DeviceInfo device) : AnnotationWriter
    {
        private readonly JsonSequence sequence = new(output, isLines);

        public override void Write(AnnotatedImage annotated) => sequence.Write(new
        {
            Schema = Schemas.Annotate,
            File = annotated.Item.Path,
            Width = annotated.Item.Map!.ImageWidth,
            Height = annotated.Item.Map.ImageHeight,
            Device = device.Id,
            Network = network,
            Milliseconds = Math.Round(annotated.Item.Elapsed.TotalMilliseconds, 3),
            Objects = annotated.Objects.Select(found => new
            {
                found.Label.Index,
                Wnid = found.Label.WordNetId,
                found.Label.Name,
                found.Confidence,
                found.Share,
                Position = $"{found.Position}",
                found.Box,
                Centroid = new { found.X, found.Y },
                Regions = annotated.Regions.Where(r => r.Label == found.Label).Select(r => new
                {
                    r.Confidence,
                    r.Share,
                    Position = $"{r.Position}",
                    r.Box,
                    Centroid = new { r.X, r.Y },
                }),
            }),
        });

        public override void End() => sequence.End();
    }

    private sealed class Csv : AnnotationWriter
    {
        private readonly TextWriter output;

        public Csv(TextWriter output)
        {
            this.output = output;
            output.WriteLine("file,index,wnid,name,confidence,share,position,x,y,width,height,centroid_x,centroid_y,regions");
        }

        public override void Write(AnnotatedImage annotated)
        {
            foreach (var found in annotated.Objects)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{CsvText.Field(annotated.Item.Path)},{found.Label.Index},{found.Label.WordNetId},{CsvText.Field(found.Label.Name)},{found.Confidence:R},{found.Share:R},"
                    + $"{found.Position},{found.Box.X},{found.Box.Y},{found.Box.Width},{found.Box.Height},{found.X:R},{found.Y:R},{found.Regions}"));
            }
        }
    }
}
