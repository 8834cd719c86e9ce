using System.CommandLine;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Operations;
using Gpu.Loader.Images;

namespace Gpu.Cli.Commands;

/// <summary>The option of padding for commands that label pictures of any size.</summary>
internal sealed class PaddingOption
{
    /// <summary>Of a picture with a shorter side than this, VALID padding's margin would take more than half.</summary>
    private const int LeastValidSide = 2 * PreprocessingOptions.CropSize;

    private readonly Option<Padding?> padding = new("--padding")
    {
        Description = "valid: a margin of 96 pixels stays unlabelled; same: every 32x32 cell. Default: same where a side is below 448 pixels.",
    };

    /// <summary>Adds the option to a command.</summary>
    public PaddingOption AddTo(Command command)
    {
        command.Add(padding);
        return this;
    }

    /// <summary>What the option says, or what suits the picture's size.</summary>
    public Padding For(ParseResult parsed, RgbImage image) => parsed.GetValue(padding)
        ?? (Math.Min(image.Width, image.Height) < LeastValidSide ? Padding.Same : Padding.Valid);
}
