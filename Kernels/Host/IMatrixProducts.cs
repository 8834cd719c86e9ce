using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// What multiplies the matrices of an operation: rows are the tiles of Winograd's algorithm, for each element by itself, or the positions of
/// a map. Inputs and sums: <c>[block of 16 channels][row][16]</c>. Weights: <c>[block of outputs][input][outputs of the block]</c>.
/// </summary>
internal unsafe interface IMatrixProducts
{
    /// <summary>What an algorithm's name ends with.</summary>
    string NameSuffix { get; }

    /// <summary>How factors are rounded.</summary>
    ProductPrecision Precision { get; }

    /// <summary>Bound of the relative L2 error of a Winograd convolution's outputs against float64, for tiles of all sizes it is used with.</summary>
    double WinogradError { get; }

    /// <summary>The same of products alone.</summary>
    double RelativeError { get; }

    /// <summary>Time of a product, as a share of that of a float32 multiply-add.</summary>
    double RelativeTime { get; }

    /// <summary>Outputs whose weights lie side by side.</summary>
    int OutputsPerBlock { get; }

    /// <summary>Outputs that are computed one after the other with the same inputs: whole blocks of outputs, and of the channels of tensors.</summary>
    int OutputsPerGroup { get; }

    /// <summary>Outputs are a multiple of these.</summary>
    int OutputStep { get; }

    /// <summary>Rows that registers hold at once, at most.</summary>
    int RowStep { get; }

    /// <summary>Rows are a multiple of these where products are added to sums that are there.</summary>
    int AddedRows { get; }

    /// <summary>Blocks of 16 input channels that are arranged together; there is a multiple of them.</summary>
    int ArrangedBlocks { get; }

    /// <summary>Arranges, in place, the weights of a block of outputs.</summary>
    void ArrangeWeights(float* weights, int inputs, int outputs);

    /// <summary>Arranges, in place, <see cref="ArrangedBlocks"/> blocks of a number of vectors of 16 inputs.</summary>
    /// <param name="inputs">The first block's first vector.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="stride">Floats from a vector to the next.</param>
    /// <param name="blockStride">Floats from a block to the next.</param>
    void ArrangeInputs(float* inputs, int count, nint stride, nint blockStride);

    /// <summary>Prepares this thread for products of so many rows, until <see cref="End"/>.</summary>
    void Begin(int rows);

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    void End();

    /// <summary>Sums of products.</summary>
    void Multiply(in MatrixProduct product);
}

/// <summary>A product of matrices.</summary>
internal readonly unsafe struct MatrixProduct
{
    /// <summary>The first block's inputs.</summary>
    public required float* Inputs { get; init; }

    /// <summary>Rows: as many as <see cref="IMatrixProducts.Begin"/> was told.</summary>
    public required int Rows { get; init; }

    /// <summary>Floats from a block of channels to the next, in inputs and sums.</summary>
    public required nint BlockStride { get; init; }

    /// <summary>Weights, arranged.</summary>
    public required float* Weights { get; init; }

    /// <summary>Input channels, whole blocks.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Outputs.</summary>
    public required int Outputs { get; init; }

    /// <summary>The first block's sums.</summary>
    public required float* Sums { get; init; }

    /// <summary>Whether products are added to the sums that are there.</summary>
    public bool IsAdded { get; init; }

    /// <summary>Weights to be fetched ahead, which will be wanted after these.</summary>
    public required float* Upcoming { get; init; }
}
