using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// Micro-kernels of the direct convolution:
/// <c>output[r, v] = start[r, v] + sum over offsets o and channels c of input[o + r * PixelStride + c] * weights[o, c, v]</c>, with
/// all sums of R rows (neighbouring pixels) and V vectors of output channels in registers; ReLU on request.
/// <para>
/// input: first pixel, NCHW16c. offsets: for each block of input channels and kernel position its distance from input, in floats.
/// weights: [offset][channel][V vectors], streamed once. upcoming, upcomingStep: see <see cref="UpcomingWeights"/>. start: bias
/// (startRow 0) or the sums so far (the output itself).
/// </para>
/// <para>
/// Bound by the FMA units: per channel V loads of weights, R broadcasts from memory and R * V fused multiply-adds. Measured on a thread of
/// an Intel Xeon (AVX-512) at 256 and 512 channels: 95 to 99 % of the FMA peak; while another process shares the core 80 % with six rows and
/// four vectors, 73 % with 14 and two, and no more with the broadcasts as operands of the multiply-adds. The bodies are written by
/// Kernels/Generator/Host/DirectKernelGenerator.cs.
/// </para>
/// </summary>
internal static unsafe partial class DirectKernels
{
    /// <summary>Floats from one pixel to the next: a block of channels.</summary>
    private const int PixelStride = HostTensor.BlockChannels;
}

/// <summary>Weights of later kernels, of which a kernel fetches a cache line ahead with every channel that it adds.</summary>
internal readonly unsafe struct UpcomingWeights(float* start, nint step)
{
    /// <summary>The first to be fetched.</summary>
    public float* Start { get; } = start;

    /// <summary>Floats to the next, or 0 where nothing is to be fetched.</summary>
    public nint Step { get; } = step;

    /// <summary>Nothing; the present weights are an address that may be fetched.</summary>
    public static UpcomingWeights None(float* weights) => new(weights, 0);

    /// <summary>
    /// A kernel's even share among several with the same weights, so that memory is busy all the time. Few kernels leave a rest.
    /// </summary>
    /// <param name="next">The weights that come next: [channel][output].</param>
    /// <param name="channels">Channels at all offsets.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Which of the kernels.</param>
    /// <param name="kernels">How many.</param>
    public static UpcomingWeights Share(float* next, nint channels, int outputs, int kernel, int kernels)
    {
        var step = Math.Min(HostPrefetch.LineFloats, (outputs + kernels - 1) / kernels);
        return new(next + (kernel * channels * step), step);
    }
}

/// <summary>The micro-kernels of one instruction set.</summary>
internal sealed unsafe class DirectKernelTable
{
    private readonly delegate*<float*, nint*, nint, nint, float*, float*, nint, float*, nint, nint, float*, nint, bool, void>[,] kernels;

    private readonly int[] maximumRows;

    private DirectKernelTable(int vectorLength, int[] maximumRows)
    {
        VectorLength = vectorLength;
        this.maximumRows = maximumRows;
        kernels = new delegate*<float*, nint*, nint, nint, float*, float*, nint, float*, nint, nint, float*, nint, bool, void>[maximumRows.Max() + 1, MaximumVectors + 1];
    }

    /// <summary>Vectors of output channels that a kernel sums at once, at most.</summary>
    public int MaximumVectors => maximumRows.Length;

    /// <summary>Floats in a vector.</summary>
    public int VectorLength { get; }

    /// <summary>Output channels that a kernel sums at once, at most.</summary>
    public int OutputChannels => MaximumVectors * VectorLength;

    /// <summary>
    /// The table of an instruction set. Many vectors need few instructions beside the multiply-adds: with AVX-512's 32 registers six rows
    /// of four vectors have a load or broadcast for 2.4 of them, 14 rows of two for 1.75; with 16 registers six rows of two for 1.5.
    /// </summary>
    public static DirectKernelTable For(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Create<Vectors512, Vector512<float>>(14, 14, 9, 6),
        HostInstructionSet.Avx2 => Create<Vectors256, Vector256<float>>(6, 6),
        _ => Create<Vectors128, Vector128<float>>(6, 6),
    };

    /// <summary>Rows that a kernel of so many vectors sums at once, at most: as many as leave registers for the weights and an input.</summary>
    public int MaximumRows(int vectors) => maximumRows[vectors - 1];

    /// <summary>Runs the kernel for so many rows and vectors; see <see cref="DirectKernels"/> for the arguments.</summary>
    public void Run(
        int rows, int vectors, float* input, nint* offsets, nint offsetCount, nint channels, float* weights, UpcomingWeights upcoming,
        float* start, nint startRow, nint startVector, float* output, nint outputVector, bool relu) =>
        kernels[rows, vectors](input, offsets, offsetCount, channels, weights, upcoming.Start, upcoming.Step, start, startRow, startVector, output, outputVector, relu);

    private static DirectKernelTable Create<TVectors, TVector>(params int[] maximumRows)
        where TVectors : IVectors<TVector>
    {
        var table = new DirectKernelTable(TVectors.Count, maximumRows);
        for (var vectors = 1; vectors <= table.MaximumVectors; vectors++)
        {
            for (var rows = 1; rows <= table.MaximumRows(vectors); rows++)
            {
                table.kernels[rows, vectors] = DirectKernels.Get<TVectors, TVector>(rows, vectors);
            }
        }

        return table;
    }
}
