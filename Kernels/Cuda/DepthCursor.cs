namespace Gpu.Kernels.Cuda;

/// <summary>Where a group's slice of the depth begins, and how many steps it has.</summary>
/// <param name="Tap">First tap.</param>
/// <param name="Channel">First channel of it.</param>
/// <param name="Steps">Steps.</param>
internal readonly record struct DepthCursor(int Tap, int Channel, int Steps)
{
    /// <summary>The slice of this group, for steps of so many channels.</summary>
    public static DepthCursor Begin(TileGeometry t, int stepChannels)
    {
        var stepsPerTap = (t.Convolution.InputChannels + stepChannels - 1) / stepChannels;
        var first = ILGPU.Grid.IdxZ * t.StepsPerSlice;
        var tap = first / stepsPerTap;
        return new DepthCursor(
            tap,
            (first - (tap * stepsPerTap)) * stepChannels,
            ILGPU.IntrinsicMath.Min(t.StepsPerSlice, (TapWindow.Side * TapWindow.Side * stepsPerTap) - first));
    }
}
