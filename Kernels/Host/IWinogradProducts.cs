using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// What multiplies the transformed inputs of a Winograd convolution with its transformed weights, one matrix product for every element.
/// Inputs and products: <c>[block of 16 channels][tile][16]</c>.
/// </summary>
internal unsafe interface IWinogradProducts
{
    /// <summary>What an algorithm's name has after that of Winograd's tile.</summary>
    string NameSuffix { get; }

    /// <summary>How factors are rounded.</summary>
    ProductPrecision Precision { get; }

    /// <summary>Bound of the relative L2 error of a convolution's outputs against float64, for tiles of all sizes it is used with.</summary>
    double RelativeError { get; }

    /// <summary>Time of a product, as a share of that of a float32 multiply-add.</summary>
    double RelativeTime { get; }

    /// <summary>Outputs whose weights lie side by side.</summary>
    int OutputsPerBlock { get; }

    /// <summary>Outputs that are computed one after the other with the same inputs: whole blocks of outputs, and of the channels of tensors.</summary>
    int OutputsPerGroup { get; }

    /// <summary>Tiles of a block are a multiple of these, which registers hold at once.</summary>
    int TileStep { get; }

    /// <summary>Blocks of 16 input channels that are arranged together; a filter has a multiple of them.</summary>
    int ArrangedBlocks { get; }

    /// <summary>Whether it multiplies with filters of this shape.</summary>
    bool Supports(FilterShape filter);

    /// <summary>Arranges, in place, the weights of a block: <c>[input][outputs of the block]</c>.</summary>
    void ArrangeWeights(float* weights, int inputs, int outputs);

    /// <summary>Arranges, in place, the inputs of a tile, of <see cref="ArrangedBlocks"/> blocks of channels.</summary>
    /// <param name="inputs">The tile's inputs of the first element and block.</param>
    /// <param name="elements">Elements.</param>
    /// <param name="elementStride">Floats from an element to the next.</param>
    /// <param name="blockStride">Floats from a block to the next.</param>
    void ArrangeInputs(float* inputs, int elements, nint elementStride, nint blockStride);

    /// <summary>Prepares this thread for products of so many tiles, until <see cref="End"/>.</summary>
    void Begin(int tiles);

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    void End();

    /// <summary>Products of an element with a group of outputs.</summary>
    /// <param name="inputs">The element's inputs.</param>
    /// <param name="tiles">Tiles; there may be some more in memory, whose products are undefined.</param>
    /// <param name="blockStride">Floats from a block of channels to the next, in inputs and products.</param>
    /// <param name="filter">Weights.</param>
    /// <param name="group">Group of outputs.</param>
    /// <param name="element">Element.</param>
    /// <param name="products">The products of the group's first block.</param>
    /// <param name="upcoming">Weights to be fetched ahead, which will be wanted after these.</param>
    void Multiply(float* inputs, int tiles, nint blockStride, WinogradFilter filter, int group, int element, float* products, float* upcoming);
}
