using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Products on the matrix unit by <see cref="AmxKernel"/>. Each float32 becomes the sum of two bfloat16, which leaves 16 to 17 of its 24
/// significant bits; of the four products of parts the least, low * low, is left out. Together these cost a relative L2 error of 4.5e-6,
/// which the transforms back multiply: by 1.7 for tiles of 2x2, by 4.8 for 4x4 and by 21 for 6x6.
/// </summary>
internal sealed unsafe class AmxProducts : IWinogradProducts
{
    /// <summary>Blocks of channels whose values share 32-bit lanes.</summary>
    private const int PairedBlocks = 2;

    public string NameSuffix => "-3xbf16";

    public ProductPrecision Precision => ProductPrecision.BFloat16x3;

    public double RelativeError => 2.5e-5;

    public double RelativeTime => 1 / 3d;

    public int OutputsPerBlock => HostTensor.BlockChannels;

    public int OutputsPerGroup => 4 * OutputsPerBlock;

    public int TileStep => 2 * AmxKernel.MaximumRows;

    public int ArrangedBlocks => PairedBlocks;

    public bool Supports(FilterShape filter) =>
        HostTensor.BlocksOf(filter.InputChannels) % PairedBlocks == 0 && HostTensor.BlocksOf(filter.OutputChannels) % PairedBlocks == 0;

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

    public void ArrangeInputs(float* inputs, int elements, nint elementStride, nint blockStride)
    {
        for (var element = 0; element < elements; element++, inputs += elementStride)
        {
            Split(inputs, inputs + blockStride);
        }
    }

    public void Begin(int tiles) => AmxKernel.Configure(new Runs(tiles).Rows);

    public void End() => AmxKernel.Release();

    public void Multiply(float* inputs, int tiles, nint blockStride, WinogradFilter filter, int group, int element, float* products, float* upcoming)
    {
        const int paired = PairedBlocks * HostTensor.BlockChannels;
        const int thirds = 3;
        var runs = new Runs(tiles);
        var steps = filter.Inputs / paired;
        var lines = paired * paired / HostTensor.BlockChannels;
        var arguments = new AmxKernel.Arguments
        {
            InputStep = sizeof(float) * blockStride,
            Steps = steps,
            UpcomingLines = Math.Max(1, lines / (thirds * runs.Pairs)),
        };
        var fetched = thirds * arguments.UpcomingLines * HostPrefetch.LineFloats * steps;
        for (var output = 0; output < filter.OutputsOf(group); output += paired)
        {
            var next = output + paired < filter.OutputsOf(group) ? filter.Weights(group, element, output + paired) : upcoming;
            var first = products + (output / HostTensor.BlockChannels * blockStride);
            arguments.Weights = filter.Weights(group, element, output);
            arguments.SecondWeights = filter.Weights(group, element, output + OutputsPerBlock);
            for (var pair = 0; pair < runs.Pairs; pair++)
            {
                var (firstRow, secondRow) = (runs.Start(2 * pair) * HostTensor.BlockChannels, runs.Start((2 * pair) + 1) * HostTensor.BlockChannels);
                arguments.Inputs = inputs + firstRow;
                arguments.SecondInputs = inputs + secondRow;
                arguments.Upcoming = next + (pair * fetched);
                arguments.Sums00 = first + firstRow;
                arguments.Sums01 = first + blockStride + firstRow;
                arguments.Sums10 = first + secondRow;
                arguments.Sums11 = first + blockStride + secondRow;
                AmxKernel.Multiply(in arguments);
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

    /// <summary>
    /// Tiles in an even number of runs of equally many rows, as the tiles of the unit are prepared once; the last ones overlap, computing the same twice.
    /// </summary>
    private readonly struct Runs
    {
        private readonly int tiles;

        public Runs(int tiles)
        {
            this.tiles = tiles;
            Pairs = (tiles + (2 * AmxKernel.MaximumRows) - 1) / (2 * AmxKernel.MaximumRows);
            Rows = (tiles + (2 * Pairs) - 1) / (2 * Pairs);
        }

        public int Pairs { get; }

        public int Rows { get; }

        public int Start(int run) => Math.Min(run * Rows, tiles - Rows);
    }
}
