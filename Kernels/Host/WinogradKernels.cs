using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// The transforms of Winograd's minimal filtering algorithms F(m x m, 3 x 3) for the 16 channels of a block; Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", 2015, section 4.1. A tile of m by m outputs has (m + 2)^2 elements after the transform.
/// <list type="bullet">
/// <item><c>Input</c>: pixels, NCHW16c, from the patch's first on; destination: elements, destinationElement floats apart.</item>
/// <item><c>Filter</c>: one vector of outputs of the 3x3 positions, sourcePosition floats apart; destination as for Input.</item>
/// <item><c>Output</c>: elements, sourceElement floats apart; adds the bias, raises to the minimum (0 for ReLU), writes m by m pixels.</item>
/// <item><c>PooledOutput</c>: as Output, but writes the largest of every 2x2 pixels.</item>
/// </list>
/// Bound by loads and stores: Input and Output move (m + 2)^2 + m^2 to 2 (m + 2)^2 cache lines. The bodies are
/// written by Kernels/Generator/Host/WinogradKernelGenerator.cs.
/// </summary>
internal static unsafe partial class WinogradKernels
{
    /// <summary>Floats from one pixel to the next: a block of channels.</summary>
    private const int PixelStride = HostTensor.BlockChannels;
}

/// <summary>The transforms for one size of tiles in one instruction set.</summary>
internal sealed unsafe class WinogradKernelTable
{
    private const int FilterBorder = 2;

    private readonly delegate*<float*, nint, float*, nint, void> input;
    private readonly delegate*<float*, nint, float*, nint, void> filter;
    private readonly delegate*<float*, nint, float*, float, float*, nint, void> output;
    private readonly delegate*<float*, nint, float*, float, float*, nint, void> pooledOutput;

    private WinogradKernelTable(
        int tile,
        int vectorLength,
        delegate*<float*, nint, float*, nint, void> input,
        delegate*<float*, nint, float*, nint, void> filter,
        delegate*<float*, nint, float*, float, float*, nint, void> output,
        delegate*<float*, nint, float*, float, float*, nint, void> pooledOutput)
    {
        Tile = tile;
        VectorLength = vectorLength;
        this.input = input;
        this.filter = filter;
        this.output = output;
        this.pooledOutput = pooledOutput;
    }

    /// <summary>Outputs of a tile in each direction: m.</summary>
    public int Tile { get; }

    /// <summary>Inputs of a tile in each direction: m + 2.</summary>
    public int Patch => Tile + FilterBorder;

    /// <summary>Elements of a transformed tile.</summary>
    public int Elements => Patch * Patch;

    /// <summary>Floats in a vector.</summary>
    public int VectorLength { get; }

    /// <summary>The table of an instruction set for tiles of 2, 4 or 6 outputs in each direction.</summary>
    public static WinogradKernelTable For(HostInstructionSet instructionSet, int tile) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Create<Vectors512, Vector512<float>>(tile),
        HostInstructionSet.Avx2 => Create<Vectors256, Vector256<float>>(tile),
        _ => Create<Vectors128, Vector128<float>>(tile),
    };

    /// <summary>Transforms a patch of a block of channels; see <see cref="WinogradKernels"/> for the arguments of all.</summary>
    public void Input(float* source, nint sourceRow, float* destination, nint destinationElement) =>
        input(source, sourceRow, destination, destinationElement);

    /// <summary>Transforms a vector of filters.</summary>
    public void Filter(float* source, nint sourcePosition, float* destination, nint destinationElement) =>
        filter(source, sourcePosition, destination, destinationElement);

    /// <summary>Transforms a tile of a block of channels back, pooled on request.</summary>
    public void Output(float* source, nint sourceElement, float* bias, float minimum, float* destination, nint destinationRow, bool pooled) =>
        (pooled ? pooledOutput : output)(source, sourceElement, bias, minimum, destination, destinationRow);

    private static WinogradKernelTable Create<TVectors, TVector>(int tile)
        where TVectors : IVectors<TVector> => new(
        tile,
        TVectors.Count,
        WinogradKernels.GetInput<TVectors, TVector>(tile),
        WinogradKernels.GetFilter<TVectors, TVector>(tile),
        WinogradKernels.GetOutput<TVectors, TVector>(tile),
        WinogradKernels.GetPooledOutput<TVectors, TVector>(tile));
}
