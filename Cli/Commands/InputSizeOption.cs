using System.CommandLine;
using System.Globalization;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Commands;

/// <summary>The option of a network's input size.</summary>
internal sealed class InputSizeOption
{
    private const int MinimumSide = 224;

    private const int MaximumSide = 1 << 15;

    public InputSizeOption() => Option.Require(
        text => Parse(text) is not null,
        $"--size is a side such as 224, or a height and a width such as 768x1024, each from {MinimumSide} to {MaximumSide}.");

    /// <summary>The option, for a command to add.</summary>
    public Option<string> Option { get; } = new("--size")
    {
        Description = "Side of the input in pixels, or HEIGHTxWIDTH; above 224 the network runs fully convolutionally.",
        HelpName = "N|HxW",
        DefaultValueFactory = _ => "224",
    };

    /// <summary>The input's shape.</summary>
    public Shape Read(ParseResult parsed, int batch)
    {
        var (height, width) = Parse(parsed.GetValue(Option))!.Value;
        return new Shape(batch, height, width, VggArchitecture.InputChannels);
    }

    /// <summary>"224" or "768x1024"; null of anything else.</summary>
    private static (int Height, int Width)? Parse(string? text)
    {
        var parts = (text ?? string.Empty).Split('x');
        var sides = parts.Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var side) ? side : 0).ToList();
        return sides.Count is 1 or 2 && sides.TrueForAll(s => s is >= MinimumSide and <= MaximumSide) ? (sides[0], sides[^1]) : null;
    }
}
