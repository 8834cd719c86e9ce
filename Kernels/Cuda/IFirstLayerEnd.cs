namespace Gpu.Kernels.Cuda;

/// <summary>The assembly that stores a thread's sums in one format, which the generator writes; a kernel takes one as a type argument.</summary>
internal interface IFirstLayerEnd
{
    /// <summary>Bytes that stand for a value.</summary>
    static abstract int ValueBytes { get; }

    /// <summary>Adjacent outputs of a thread: 4 or 8.</summary>
    static abstract int Run { get; }

    /// <summary>Stores the sums of all positions.</summary>
    static abstract void Finish(FirstLayerPlace place);

    /// <summary>Stores the largest of each pooling window.</summary>
    static abstract void FinishPooled(FirstLayerPlace place);
}

/// <summary>The assembly of the products on tensor cores in one type of factors. A thread has four pairs of factors of each product.</summary>
internal interface IFirstLayerFactors
{
    /// <summary>Loads the weights of the first pair of factors and rounds them.</summary>
    static abstract void LoadWeights0(FirstLayerWeights weights);

    /// <summary>Loads those of the second pair.</summary>
    static abstract void LoadWeights1(FirstLayerWeights weights);

    /// <summary>Loads those of the third pair.</summary>
    static abstract void LoadWeights2(FirstLayerWeights weights);

    /// <summary>Loads those of the fourth pair.</summary>
    static abstract void LoadWeights3(FirstLayerWeights weights);

    /// <summary>Rounds the fetched pixels and stores them in shared memory.</summary>
    /// <param name="place">Place of the first row's.</param>
    static abstract void Stage(int place);

    /// <summary>Multiplies two rows of 16 positions. The pairs' places are those of an even position of the first row.</summary>
    static abstract void Multiply(int pair0, int pair1, int pair2, int pair3);
}

/// <summary>The weights of a pair of factors.</summary>
/// <param name="First">Address of the first factor's weight of the thread's first output.</param>
/// <param name="Pitch">Bytes to the second factor's.</param>
/// <param name="Rows">How many of the two factors there are.</param>
/// <param name="Channels">Outputs from the thread's first to the last.</param>
internal readonly record struct FirstLayerWeights(long First, long Pitch, int Rows, int Channels);
