using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Cli.Redaction;
using Gpu.Kernels.Devices;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>Prints what was redacted, picture by picture.</summary>
internal sealed class RedactionWriter(
    OutputFormat format, TextWriter output, string network, DeviceInfo device, RedactionMode mode, IReadOnlyList<ClassLabel> classes)
{
    private readonly JsonSequence sequence = new(output, format == OutputFormat.Jsonl);

    /// <summary>Prints one picture.</summary>
    /// <param name="redacted">The picture.</param>
    /// <param name="saved">The file that has it now; null if it was left as it is.</param>
    public void Write(RedactedImage redacted, string? saved)
    {
        if (format == OutputFormat.Text)
        {
            WriteText(redacted, saved);
        }
        else
        {
            sequence.Write(Describe(redacted, saved));
        }
    }

    /// <summary>Prints what ends the document.</summary>
    public void End()
    {
        if (format != OutputFormat.Text)
        {
            sequence.End();
        }
    }

    private void WriteText(RedactedImage redacted, string? saved)
    {
        var item = redacted.Item;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{item.Path}  {item.Image!.Width}x{item.Image.Height}  {network} on {device.Id}  {item.Elapsed.TotalMilliseconds:F0} ms"));
        var found = redacted.Classes.Count == 0
            ? $"nothing of {string.Join(", ", classes.Select(c => c.Name))} was found"
            : string.Join(", ", redacted.Classes.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Label.Name} {100 * c.Share:F1} %")));
        output.WriteLine(saved is null ? $"  {found}; left as it is" : $"  {found}; saved as {saved}");
    }

    private object Describe(RedactedImage redacted, string? saved) => new
    {
        Schema = Schemas.Redact,
        File = redacted.Item.Path,
        redacted.Image.Width,
        redacted.Image.Height,
        Device = device.Id,
        Network = network,
        Milliseconds = Math.Round(redacted.Item.Elapsed.TotalMilliseconds, 3),
        Mode = mode.ToString().ToLowerInvariant(),
        Share = redacted.Classes.Sum(c => c.Share),
        Classes = redacted.Classes.Select(c => new { c.Label.Index, Wnid = c.Label.WordNetId, c.Label.Name, c.Share }),
        Saved = saved,
    };
}
