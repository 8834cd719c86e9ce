namespace Gpu.Kernels.Cuda;

/// <summary>
/// The assembly of a tile of warpgroups, which the generator writes for each format of factors and each shape; a kernel takes one as a
/// type argument. Places are bytes from the aligned start of the dynamic shared memory.
/// </summary>
internal interface IWarpgroupTile
{
    /// <summary>Products of 64 positions that a warpgroup has: 1 or 2.</summary>
    static abstract int Products { get; }

    /// <summary>Output channels.</summary>
    static abstract int Outputs { get; }

    /// <summary>Bytes of a factor.</summary>
    static abstract int FactorBytes { get; }

    /// <summary>Factors that stand for a value: 2 where it is their sum, of which vectors of 16 bytes alternate in global memory.</summary>
    static abstract int Parts { get; }

    /// <summary>Stages of weights.</summary>
    static abstract int Stages { get; }

    /// <summary>Rows of positions.</summary>
    static abstract int Rows { get; }

    /// <summary>Pixels from one vector of channels to the next.</summary>
    static abstract int PixelPitch { get; }

    /// <summary>Bytes of the input of a step's channels, with its border.</summary>
    static abstract int LeftBytes { get; }

    /// <summary>Bytes of a step's weights.</summary>
    static abstract int RightBytes { get; }

    /// <summary>Declares registers, and clears the sums.</summary>
    static abstract void Declare();

    /// <summary>Makes the barriers of the stages, 8 bytes each; one thread does.</summary>
    static abstract void InitializeBarriers();

    /// <summary>Notes where a pixel of the tile is.</summary>
    /// <param name="entry">Place of the note.</param>
    /// <param name="index">Vectors from the input's first to the pixel's first; -1 for zeros, -2 for no pixel.</param>
    static abstract void StorePixel(int entry, int index);

    /// <summary>Begins to copy a vector of 16 bytes of a pixel, and that of the second part.</summary>
    /// <param name="place">Where it goes.</param>
    /// <param name="source">Address of the vector in the input's first pixel.</param>
    /// <param name="entry">Place of the note on the pixel.</param>
    static abstract void CopyLeft(int place, long source, int entry);

    /// <summary>Begins to copy a step's weights; one thread does.</summary>
    /// <param name="place">The stage.</param>
    /// <param name="source">Address.</param>
    /// <param name="barrier">The stage's barrier.</param>
    static abstract void CopyRight(int place, long source, int barrier);

    /// <summary>Waits for a stage.</summary>
    /// <param name="barrier">Its barrier.</param>
    /// <param name="parity">0 for the first time, then 1, ...</param>
    static abstract void Await(int barrier, int parity);

    /// <summary>Begins the products of a step, and waits for those of the step before, or of values of two parts for its own.</summary>
    /// <param name="left">The warpgroup's first pixel, for the tap.</param>
    /// <param name="right">The stage.</param>
    static abstract void Multiply(int left, int right);

    /// <summary>Stores the upper of a warp's two rows of the first product, in the factors' format.</summary>
    static abstract void FinishUpper0(WarpgroupEnd end);

    /// <summary>The lower row.</summary>
    static abstract void FinishLower0(WarpgroupEnd end);

    /// <summary>Both rows, pooled.</summary>
    static abstract void FinishPooled0(WarpgroupEnd end);

    /// <summary>As <see cref="FinishUpper0"/>, of the second product, if there is one.</summary>
    static abstract void FinishUpper1(WarpgroupEnd end);

    /// <summary>As <see cref="FinishLower0"/>, of the second product.</summary>
    static abstract void FinishLower1(WarpgroupEnd end);

    /// <summary>As <see cref="FinishPooled0"/>, of the second product.</summary>
    static abstract void FinishPooled1(WarpgroupEnd end);

    /// <summary>As <see cref="FinishUpper0"/>, in float32.</summary>
    static abstract void FinishUpper0Float32(WarpgroupEnd end);

    /// <summary>As <see cref="FinishLower0"/>, in float32.</summary>
    static abstract void FinishLower0Float32(WarpgroupEnd end);

    /// <summary>As <see cref="FinishPooled0"/>, in float32.</summary>
    static abstract void FinishPooled0Float32(WarpgroupEnd end);

    /// <summary>As <see cref="FinishUpper1"/>, in float32.</summary>
    static abstract void FinishUpper1Float32(WarpgroupEnd end);

    /// <summary>As <see cref="FinishLower1"/>, in float32.</summary>
    static abstract void FinishLower1Float32(WarpgroupEnd end);

    /// <summary>As <see cref="FinishPooled1"/>, in float32.</summary>
    static abstract void FinishPooled1Float32(WarpgroupEnd end);
}

/// <summary>Where and how a thread stores a row of its sums.</summary>
/// <param name="Output">Address of its first output.</param>
/// <param name="Bias">Address of that output's bias, or 0 for none.</param>
/// <param name="Least">Below what outputs are raised to it.</param>
/// <param name="Inside">1 if the position is one of the output's and the thread's to store, else 0.</param>
internal readonly record struct WarpgroupEnd(long Output, long Bias, float Least, int Inside);
