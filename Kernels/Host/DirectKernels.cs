using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// Micro-kernels of the direct convolution:
/// <c>output[r, v] = start[r, v] + sum over offsets o and channels c of input[o + r * PixelStride + c] * weights[o, c, v]</c>, with
/// all sums of R rows (neighbouring pixels) and V vectors of output channels in registers; ReLU on request.
/// <para>
/// input: first pixel, NCHW16c. offsets: for each block of input channels and kernel position its distance from input, in floats.
/// weights: [offset][channel][V vectors], streamed once. upcoming: where the weights of later calls begin, of which as many cache
/// lines are fetched as there are channels at all offsets; the weights themselves where nothing is to be fetched. start: bias (startRow 0) or the sums so far (the output itself).
/// </para>
/// <para>
/// Bound by the FMA units: per channel V loads of weights, R broadcasts from memory and R * V fused multiply-adds. The bodies are
/// written by Kernels/Generator/Host/DirectKernelGenerator.cs.
/// </para>
/// </summary>
internal static unsafe partial class DirectKernels
{
    /// <summary>Floats from one pixel to the next: a block of channels.</summary>
    private const int PixelStride = HostTensor.BlockChannels;

    /// <summary>
    /// The upcoming weights of a kernel among several that use the same weights: the last ones fetch those that come next, and leave the
    /// caches to the present ones until then.
    /// </summary>
    /// <param name="weights">The present weights.</param>
    /// <param name="next">The weights that come next, of the same size.</param>
    /// <param name="channels">Channels at all offsets.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernelsLeft">Kernels with the present weights after this one.</param>
    public static float* Upcoming(float* weights, float* next, nint channels, int outputs, int kernelsLeft)
    {
        var ahead = kernelsLeft * channels * HostPrefetch.LineFloats;
        return ahead < channels * outputs ? next + ahead : weights;
    }
}

/// <summary>The micro-kernels of one instruction set.</summary>
internal sealed unsafe class DirectKernelTable
{
    private readonly delegate*<float*, nint*, nint, nint, float*, float*, float*, nint, nint, float*, nint, bool, void>[,] kernels;

    private DirectKernelTable(int vectorLength, int maximumRows)
    {
        VectorLength = vectorLength;
        MaximumRows = maximumRows;
        kernels = new delegate*<float*, nint*, nint, nint, float*, float*, float*, nint, nint, float*, nint, bool, void>[maximumRows + 1, MaximumVectors + 1];
    }

    /// <summary>Vectors of output channels that a kernel sums at once, at most.</summary>
    public const int MaximumVectors = 2;

    /// <summary>Floats in a vector.</summary>
    public int VectorLength { get; }

    /// <summary>Rows that a kernel sums at once, at most: as many as leave registers for two weights and an input.</summary>
    public int MaximumRows { get; }

    /// <summary>Output channels that a kernel sums at once, at most.</summary>
    public int OutputChannels => MaximumVectors * VectorLength;

    /// <summary>The table of an instruction set: 14 rows with 32 vector registers of AVX-512, 6 with 16 registers.</summary>
    public static DirectKernelTable For(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Create<Vectors512, Vector512<float>>(maximumRows: 14),
        HostInstructionSet.Avx2 => Create<Vectors256, Vector256<float>>(maximumRows: 6),
        _ => Create<Vectors128, Vector128<float>>(maximumRows: 6),
    };

    /// <summary>Runs the kernel for so many rows and vectors; see <see cref="DirectKernels"/> for the arguments.</summary>
    public void Run(
        int rows, int vectors, float* input, nint* offsets, nint offsetCount, nint channels, float* weights, float* upcoming,
        float* start, nint startRow, nint startVector, float* output, nint outputVector, bool relu) =>
        kernels[rows, vectors](input, offsets, offsetCount, channels, weights, upcoming, start, startRow, startVector, output, outputVector, relu);

    private static DirectKernelTable Create<TVectors, TVector>(int maximumRows)
        where TVectors : IVectors<TVector>
    {
        var table = new DirectKernelTable(TVectors.Count, maximumRows);
        for (var rows = 1; rows <= maximumRows; rows++)
        {
            for (var vectors = 1; vectors <= MaximumVectors; vectors++)
            {
                table.kernels[rows, vectors] = DirectKernels.Get<TVectors, TVector>(rows, vectors);
            }
        }

        return table;
    }
}
