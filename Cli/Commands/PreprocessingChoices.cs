using System.CommandLine;
using Gpu.Engine.Preprocessing;

namespace Gpu.Cli.Commands;

/// <summary>The options of what a classified picture is resized and cropped to.</summary>
internal sealed class PreprocessingChoices
{
    private readonly Option<int> resizeSide = new("--resize-side")
    {
        Description = "Length of the shorter side after resizing, in pixels.",
        HelpName = "N",
        DefaultValueFactory = _ => PreprocessingOptions.Default.ResizeSide,
    };

    private readonly Option<int> crop = new("--crop")
    {
        Description = "Side of the central square that the network sees; above 224 it runs fully convolutionally, and logits are averaged over the square.",
        HelpName = "N",
        DefaultValueFactory = _ => PreprocessingOptions.Default.Crop,
    };

    private readonly Option<bool> slim2016Rounding = new("--slim-2016-rounding")
    {
        Description = "Cut off fractions of the resized sides, as TF-Slim did in 2016, instead of rounding.",
    };

    /// <summary>Adds the options to a command.</summary>
    public PreprocessingChoices AddTo(Command command)
    {
        command.Add(resizeSide);
        command.Add(crop);
        command.Add(slim2016Rounding);
        return this;
    }

    /// <summary>What the options say.</summary>
    /// <exception cref="UsageException">The sizes do not go together.</exception>
    public PreprocessingOptions Read(ParseResult parsed)
    {
        var options = new PreprocessingOptions
        {
            ResizeSide = parsed.GetValue(resizeSide),
            Crop = parsed.GetValue(crop),
            Rounding = parsed.GetValue(slim2016Rounding) ? SideRounding.Truncate : SideRounding.Nearest,
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"--resize-side and --crop: {exception.Message}");
        }
    }
}
