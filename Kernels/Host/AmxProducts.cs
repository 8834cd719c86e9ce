using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Products on the matrix unit by <see cref="AmxKernel"/>. Each float32 becomes the sum of two bfloat16, which leaves 16 to 17 of its 24
/// significant bits; of the four products of parts the least, low * low, is left out. Together these cost a relative L2 error of 4.5e-6,
/// which the transforms back multiply: by 1.7 for tiles of 2x2, by 4.8 for 4x4 and by 21 for 6x6.
/// </summary>
internal sealed unsafe class AmxProducts : IMatrixProducts
{
    /// <summary>Blocks of channels whose values share 32-bit lanes.</summary>
    private const int PairedBlocks = 2;

    public string NameSuffix => "-3xbf16";

    public ProductPrecision Precision => ProductPrecision.BFloat16x3;

    public double WinogradError => 2.5e-5;

    public double RelativeError => 6e-6;

    public double RelativeTime => 1 / 3d;

    public int OutputsPerBlock => HostTensor.BlockChannels;

    public int OutputsPerGroup => 4 * OutputsPerBlock;

    public int OutputStep => PairedBlocks * OutputsPerBlock;

    public int RowStep => 2 * AmxKernel.MaximumRows;

    public int AddedRows => RowStep;

    public int ArrangedBlocks => PairedBlocks;

    public void ArrangeWeights(float* weights, int inputs, int outputs)
    {
        var block = HostTensor.BlockChannels * outputs;
        for (var input = 0; input < inputs; input += PairedBlocks * HostTensor.BlockChannels)
        {
            var pair = weights + ((nint)input * outputs);
            for (var lane = 0; lane < block; lane += HostTensor.BlockChannels)
            {
                Split(pair + lane, pair + block + lane);
            }
        }
    }

    public void ArrangeInputs(float* inputs, int count, nint stride, nint blockStride)
    {
        for (var i = 0; i < count; i++, inputs += stride)
        {
            Split(inputs, inputs + blockStride);
        }
    }

    public void Begin(int rows) => AmxKernel.Configure(new Runs(rows).Length);

    public void End() => AmxKernel.Release();

    public void Multiply(in MatrixProduct product)
    {
        const int paired = PairedBlocks * HostTensor.BlockChannels;
        const int linesPerStep = paired * paired / HostPrefetch.LineFloats;
        const int thirds = 3;
        var runs = new Runs(product.Rows);
        var arguments = new AmxKernel.Arguments
        {
            InputStep = sizeof(float) * product.BlockStride,
            Steps = product.InputChannels / paired,
            UpcomingLines = Math.Max(1, linesPerStep / (thirds * runs.Pairs)),
        };
        var fetched = thirds * arguments.UpcomingLines * HostPrefetch.LineFloats * arguments.Steps;
        for (var output = 0; output < product.Outputs; output += OutputStep)
        {
            arguments.Weights = product.Weights + ((nint)output * product.InputChannels);
            arguments.SecondWeights = arguments.Weights + ((nint)OutputsPerBlock * product.InputChannels);
            var next = output + OutputStep < product.Outputs ? arguments.Weights + ((nint)OutputStep * product.InputChannels) : product.Upcoming;
            var sums = product.Sums + (output / HostTensor.BlockChannels * product.BlockStride);
            for (var pair = 0; pair < runs.Pairs; pair++)
            {
                var first = (nint)runs.Start(2 * pair) * HostTensor.BlockChannels;
                var second = (nint)runs.Start((2 * pair) + 1) * HostTensor.BlockChannels;
                arguments.Inputs = product.Inputs + first;
                arguments.SecondInputs = product.Inputs + second;
                arguments.Upcoming = next + (pair * fetched);
                arguments.Sums00 = sums + first;
                arguments.Sums01 = sums + product.BlockStride + first;
                arguments.Sums10 = sums + second;
                arguments.Sums11 = sums + product.BlockStride + second;
                AmxKernel.Multiply(in arguments, product.IsAdded);
            }
        }
    }

    /// <summary>
    /// Replaces two vectors of float32 by their high and their low parts, bfloat16 rounded to nearest. Each lane has a value of the first
    /// vector in its low bits and one of the second in its high bits.
    /// </summary>
    private static void Split(float* first, float* second)
    {
        var roundUp = Vector512.Create(0x8000u);
        var upperHalf = Vector512.Create(0xFFFF0000u);
        var (x, y) = (Vector512.Load(first), Vector512.Load(second));
        var highX = (x.AsUInt32() + roundUp) & upperHalf;
        var highY = (y.AsUInt32() + roundUp) & upperHalf;
        var lowX = (x - highX.AsSingle()).AsUInt32() + roundUp;
        var lowY = (y - highY.AsSingle()).AsUInt32() + roundUp;
        ((highX >>> 16) | highY).Store((uint*)first);
        ((lowX >>> 16) | (lowY & upperHalf)).Store((uint*)second);
    }

    /// <summary>Rows in an even number of runs of equal length, as the unit's tiles are prepared once; the last ones may overlap, computing the same twice.</summary>
    private readonly struct Runs
    {
        private readonly int rows;

        public Runs(int rows)
        {
            this.rows = rows;
            Pairs = (rows + (2 * AmxKernel.MaximumRows) - 1) / (2 * AmxKernel.MaximumRows);
            Length = (rows + (2 * Pairs) - 1) / (2 * Pairs);
        }

        public int Pairs { get; }

        public int Length { get; }

        public int Start(int run) => Math.Min(run * Length, rows - Length);
    }
}
