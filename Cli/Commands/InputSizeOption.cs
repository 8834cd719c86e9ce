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

    private readonly bool takesList;

    /// <summary>Makes the option.</summary>
    /// <param name="takesList">Whether it may be a list, separated by commas.</param>
    public InputSizeOption(bool takesList = false)
    {
        this.takesList = takesList;
        Option = new Option<string>("--size")
        {
            Description = takesList
                ? "Sides of the input in pixels, or HEIGHTxWIDTH; above 224 the network runs fully convolutionally."
                : "Side of the input in pixels, or HEIGHTxWIDTH; above 224 the network runs fully convolutionally.",
            HelpName = takesList ? "N|HxW,..." : "N|HxW",
            DefaultValueFactory = _ => "224",
        };
        Option.Require(
            text => Parse(text).TrueForAll(size => size is not null),
            $"--size is a side such as 224, or a height and a width such as 768x1024{(takesList ? ", or a list of them" : string.Empty)}, each from {MinimumSide} to {MaximumSide}.");
    }

    /// <summary>The option, for a command to add.</summary>
    public Option<string> Option { get; }

    /// <summary>The input's shape.</summary>
    public Shape Read(ParseResult parsed, int batch) => ReadAll(parsed, batch).Single();

    /// <summary>The input's shapes.</summary>
    public IEnumerable<Shape> ReadAll(ParseResult parsed, int batch) => Parse(parsed.GetValue(Option))
        .Select(size => new Shape(batch, size!.Value.Height, size.Value.Width, VggArchitecture.InputChannels));

    private List<(int Height, int Width)?> Parse(string? text) => [.. (takesList ? (text ?? string.Empty).Split(',') : [text ?? string.Empty]).Select(ParseSize)];

    /// <summary>"224" or "768x1024"; null of anything else.</summary>
    private static (int Height, int Width)? ParseSize(string text)
    {
        var parts = text.Split('x');
        var sides = parts.Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var side) ? side : 0).ToList();
        return sides.Count is 1 or 2 && sides.TrueForAll(s => s is >= MinimumSide and <= MaximumSide) ? (sides[0], sides[^1]) : null;
    }
}
