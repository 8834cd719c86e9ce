namespace Gpu.Tests.Ptx;

/// <summary>A size or a position in three dimensions.</summary>
internal readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>How many there are.</summary>
    public int Count => X * Y * Z;

    public override string ToString() => $"({X}, {Y}, {Z})";
}

/// <summary>The size of a launch: blocks, threads of each, and bytes of dynamic shared memory of each.</summary>
internal readonly record struct PtxLaunch(Extent Grid, Extent Block, int DynamicSharedBytes = 0);
