using ILGPU;

namespace Gpu.Kernels.Cuda;

/// <summary>Where in the depth of the product a group of threads is: a tap of the convolution's kernel, and a channel of it.</summary>
/// <param name="Row">Row of the tap.</param>
/// <param name="Column">Column of the tap.</param>
/// <param name="Channel">First channel of the step.</param>
internal readonly record struct DepthCursor(int Row, int Column, int Channel)
{
    /// <summary>Where this group's slice begins, for steps of so many channels.</summary>
    public static DepthCursor Begin(TileGeometry t, int stepChannels)
    {
        var g = t.Convolution;
        var stepsPerTap = StepsPerTap(t, stepChannels);
        var first = Grid.IdxZ * t.StepsPerSlice;
        var tap = first / stepsPerTap;
        var row = tap / g.KernelWidth;
        return new DepthCursor(row, tap - (row * g.KernelWidth), (first - (tap * stepsPerTap)) * stepChannels);
    }

    /// <summary>Steps of this group's slice.</summary>
    public static int Steps(TileGeometry t, int stepChannels) => IntrinsicMath.Min(
        t.StepsPerSlice, (t.Convolution.KernelHeight * t.Convolution.KernelWidth * StepsPerTap(t, stepChannels)) - (Grid.IdxZ * t.StepsPerSlice));

    /// <summary>So many channels further.</summary>
    public DepthCursor NextStep(int channels) => this with { Channel = Channel + channels };

    /// <summary>The first channel of the next tap.</summary>
    public DepthCursor NextTap(int kernelWidth) => Column + 1 == kernelWidth ? new DepthCursor(Row + 1, 0, 0) : new DepthCursor(Row, Column + 1, 0);

    /// <summary>How far the step's first channel lies from a window's origin, in elements.</summary>
    public int InputOffset(int width, int channels) => (((Row * width) + Column) * channels) + Channel;

    /// <summary>The row of the filter's matrix.</summary>
    public int FilterRow(int kernelWidth, int channels) => InputOffset(kernelWidth, channels);

    private static int StepsPerTap(TileGeometry t, int stepChannels) => (t.Convolution.InputChannels + stepChannels - 1) / stepChannels;
}
