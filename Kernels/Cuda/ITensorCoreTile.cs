namespace Gpu.Kernels.Cuda;

/// <summary>
/// The assembly of a tile on tensor cores, which the generator writes for each format of factors and each width; a kernel takes one as a
/// type argument. Tiles have 128 rows; 64 bytes of each are a step's channels.
/// </summary>
internal interface ITensorCoreTile
{
    /// <summary>Output channels.</summary>
    static abstract int Outputs { get; }

    /// <summary>Bytes of a factor.</summary>
    static abstract int FactorBytes { get; }

    /// <summary>Factors that stand for a value: 2 where it is their sum, of which vectors of 16 bytes alternate in global memory.</summary>
    static abstract int Parts { get; }

    /// <summary>Stages of shared memory.</summary>
    static abstract int Stages { get; }

    /// <summary>Declares shared memory and registers, and clears the sums.</summary>
    static abstract void Declare();

    /// <summary>Begins to copy a vector of 16 bytes, and that of the second part.</summary>
    /// <param name="place">Place in the stages.</param>
    /// <param name="source">Address.</param>
    /// <param name="bytes">16, or 0 for zeros.</param>
    static abstract void Copy(int place, long source, int bytes);

    /// <summary>Waits for the oldest stage that is under way.</summary>
    static abstract void Wait();

    /// <summary>Multiplies a stage.</summary>
    /// <param name="rows">Place of the 16 bytes of left that the thread names to ldmatrix.</param>
    /// <param name="columns">Place of the right factors that it names, or loads first.</param>
    static abstract void Multiply(int rows, int columns);

    /// <summary>Stores the sums of all rows.</summary>
    static abstract void Finish(TileEnd end);

    /// <summary>Stores the largest of each pooling window.</summary>
    static abstract void FinishPooled(TileEnd end);

    /// <summary>Stores the sums of all rows, rounded to factors.</summary>
    static abstract void FinishRounded(TileEnd end);

    /// <summary>Stores the largest of each pooling window, rounded to factors.</summary>
    static abstract void FinishPooledRounded(TileEnd end);
}
