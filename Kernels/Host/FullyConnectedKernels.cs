using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// Micro-kernels of fully connected layers:
/// <c>sums[v * sumsVector + p] += sum over R rows r of input[p * inputPosition + r] * weights[r * weightsRow + v]</c>, for vectors
/// v of outputs and positions p; the terms of R rows are summed in registers before they are added, which keeps rounding errors small.
/// <para>
/// input: neighbouring channels of a position lie together. weights: R rows of a matrix, at any alignment; the R rows
/// after them are fetched ahead. sums: a vector for each position, and so for each vector of outputs.
/// </para>
/// <para>
/// With weights stored as float16 a row of 32-bit lanes holds two rows, the first in the low halves; as <see cref="Int20Lanes"/> five rows of
/// lanes hold eight. A scale for each vector of a group multiplies its sum.
/// </para>
/// <para>
/// A weight is read once and stays in its register for all positions: at one position bound by reading the weights, at many by the
/// FMA units (per R multiply-adds R broadcasts, a load and a store). The bodies are written by Kernels/Generator/Host/FullyConnectedKernelGenerator.cs.
/// </para>
/// </summary>
internal static unsafe partial class FullyConnectedKernels
{
    /// <summary>
    /// A vector of finished outputs: <c>output = relu?(bias + sum over slices s of sums[s * slice])</c>, slices added in order.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    internal static void Finish<TVectors, TVector>(float* sums, nint slice, nint slices, float* bias, bool relu, float* output)
        where TVectors : IVectors<TVector>
    {
        var total = TVectors.Load(sums);
        while (--slices > 0)
        {
            sums += slice;
            total = TVectors.Add(total, TVectors.Load(sums));
        }

        total = TVectors.Add(total, TVectors.Load(bias));

        // Of a zero and what is no number, x64 gives the second operand.
        TVectors.Store(relu ? TVectors.Max(TVectors.Zero, total) : total, output);
    }
}

/// <summary>The micro-kernels of one instruction set.</summary>
internal sealed unsafe class FullyConnectedKernelTable
{
    /// <summary>Rows of the weights that a kernel multiplies at once, at most.</summary>
    public const int MaximumRows = 8;

    private readonly delegate*<float*, nint, nint, float*, nint, nint, float*, nint, void>[] kernels =
        new delegate*<float*, nint, nint, float*, nint, nint, float*, nint, void>[MaximumRows + 1];

    private delegate*<float*, nint, nint, float*, bool, float*, void> finish;

    private FullyConnectedKernelTable(int vectorLength, ScaledKernels float16, ScaledKernels int20)
    {
        VectorLength = vectorLength;
        Float16 = float16;
        Int20 = int20;
    }

    /// <summary>Floats in a vector.</summary>
    public int VectorLength { get; }

    /// <summary>The kernels for groups of 8 rows that are stored as pairs of float16.</summary>
    public ScaledKernels Float16 { get; }

    /// <summary>The kernels for groups of 8 rows that are stored as <see cref="Int20Lanes"/>.</summary>
    public ScaledKernels Int20 { get; }

    /// <summary>The table of an instruction set.</summary>
    public static FullyConnectedKernelTable For(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Create<Vectors512, Vector512<float>>(),
        HostInstructionSet.Avx2 => Create<Vectors256, Vector256<float>>(),
        _ => Create<Vectors128, Vector128<float>>(),
    };

    /// <summary>Runs the kernel for a group of weights; see <see cref="FullyConnectedKernels"/> for the arguments.</summary>
    public void Run(
        float* input, nint inputPosition, nint positions, GroupWeights weights, float* sums, nint sumsVector) =>
        kernels[weights.Rows](input, inputPosition, positions, weights.Start, weights.RowStride, weights.Vectors, sums, sumsVector);

    /// <summary>Finishes a vector of outputs of one position; see <see cref="FullyConnectedKernels.Finish"/>.</summary>
    public void Finish(float* sums, nint slice, nint slices, float* bias, bool relu, float* output) =>
        finish(sums, slice, slices, bias, relu, output);

    private static FullyConnectedKernelTable Create<TVectors, TVector>()
        where TVectors : IVectors<TVector>
    {
        var table = new FullyConnectedKernelTable(
            TVectors.Count,
            new ScaledKernels(&FullyConnectedKernels.Float16<TVectors, TVector>, &FullyConnectedKernels.UnpackFloat16<TVectors, TVector>),
            new ScaledKernels(&FullyConnectedKernels.Int20<TVectors, TVector>, &FullyConnectedKernels.UnpackInt20<TVectors, TVector>))
        {
            finish = &FullyConnectedKernels.Finish<TVectors, TVector>,
        };
        for (var rows = 1; rows <= MaximumRows; rows++)
        {
            table.kernels[rows] = FullyConnectedKernels.Get<TVectors, TVector>(rows);
        }

        return table;
    }
}

/// <summary>The micro-kernels of one instruction set for groups of 8 rows that are stored with fewer bits and a scale for each vector.</summary>
/// <param name="run">Multiplies; see <see cref="FullyConnectedKernels"/> for the arguments.</param>
/// <param name="unpack">Makes float32 of the weights.</param>
internal sealed unsafe class ScaledKernels(
    delegate*<float*, nint, nint, float*, nint, float*, nint, float*, nint, void> run, delegate*<float*, nint, float, float*, nint, void> unpack)
{
    /// <summary>Runs the kernel for a group; see <see cref="FullyConnectedKernels"/> for the arguments.</summary>
    public void Run(
        float* input, nint inputPosition, nint positions, float* lanes, nint lanesRow, float* scales, nint vectors, float* sums, nint sumsVector) =>
        run(input, inputPosition, positions, lanes, lanesRow, scales, vectors, sums, sumsVector);

    /// <summary>Makes float32 of a vector of 8 rows.</summary>
    /// <param name="lanes">The first row's vector of lanes.</param>
    /// <param name="lanesRow">Lanes from one row of them to the next.</param>
    /// <param name="scale">What multiplies the stored numbers.</param>
    /// <param name="destination">Where the first row's vector goes.</param>
    /// <param name="row">Floats from one row to the next.</param>
    public void Unpack(float* lanes, nint lanesRow, float scale, float* destination, nint row) => unpack(lanes, lanesRow, scale, destination, row);
}
