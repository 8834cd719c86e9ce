// out = relu(im2col(in) x filter + bias) as a tiled matrix product whose left matrix is never stored.
// in is (N, H, W, C), filter is (KH*KW*C, O), out is (N*OH*OW, O); all dense row-major.
// Launch: groups of 16x16 threads, each group a tile of 64 positions x 64 channels, each thread 4x4 of it in registers;
// grid (ceil(positions / 64), ceil(O / 64)). The depth KH*KW*C is walked 16 terms at a time through shared memory:
//   left  [16][64 + 4]  input values, padded so that threads storing along the depth spread over the banks
//   right [16][64]      weights
//   origin              where each position's window starts, computed once per group
// 9 KiB of shared memory, 32 accumulators a thread (16 of the running sum, 16 of the total). Per step and thread 256 multiply-adds
// for 32 shared loads of 16 bytes and 8 global loads; index arithmetic and border checks are about half of the instructions
// (ptxas 12.4, sm_90: 256 FFMA and 32 LDS.128 of 584 in the loop); registers stand in Tests/Data/ptxas.tsv. Ragged edges load zeros and store nothing.
// Devices whose groups hold fewer than 256 threads (the simulator) run the same kernel with 2x2 threads and tiles of 8x8.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Convolution as a tiled matrix product over windows gathered on the fly.</summary>
internal sealed class ImplicitGemmConvolution : PortableConvolution
{
    private const int ThreadsPerSide = 16;
    private const int ThreadsPerSmallSide = 2;
    private const int MaximumTile = ThreadsPerSide * RegisterTile.Side;
    private const int TileDepth = 16;
    private const int Padding = 4;
    private const int LeftStride = MaximumTile + Padding;
    private const int StepsPerSum = TermsPerSum / TileDepth;

    /// <summary>A row that no window reaches, for positions beyond the last.</summary>
    private const int NoRow = int.MinValue / 2;

    private readonly int threadsPerSide;
    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry, int>> launcher;

    public ImplicitGemmConvolution(AcceleratorDevice device)
        : base(device)
    {
        var small = device.Accelerator.MaxNumThreadsPerGroup < ThreadsPerSide * ThreadsPerSide;
        threadsPerSide = small ? ThreadsPerSmallSide : ThreadsPerSide;
        launcher = new(() => device.Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry, int>(
            small ? SmallTileKernel : Kernel));
    }

    public override string Name => "implicit-gemm";

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var launch = Device.Guard($"compile {Name}", () => launcher.Value);
        var geometry = ConvolutionGeometry.Of(specification);
        var positions = (int)specification.Output.Positions;
        var tile = threadsPerSide * RegisterTile.Side;
        var grid = new KernelConfig(
            new Index3D((positions + tile - 1) / tile, (specification.Output.Channels + tile - 1) / tile, 1),
            new Index3D(threadsPerSide * threadsPerSide, 1, 1));
        return Operation(specification, (input, output) => launch(Device.Stream, grid, input, filter.Weights, filter.Bias, output, geometry, positions));
    }

    internal static void Kernel(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, ThreadsPerSide);

    internal static void SmallTileKernel(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, ThreadsPerSmallSide);

    /// <summary>The kernel; threads per side of the group are a constant once this is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions, int side)
    {
        var leftVectors = SharedMemory.Allocate<Float4>(TileDepth * LeftStride / RegisterTile.Side);
        var rightVectors = SharedMemory.Allocate<Float4>(TileDepth * MaximumTile / RegisterTile.Side);
        var left = leftVectors.Cast<float>();
        var right = rightVectors.Cast<float>();
        var originImage = SharedMemory.Allocate<int>(MaximumTile);
        var originRow = SharedMemory.Allocate<int>(MaximumTile);
        var originColumn = SharedMemory.Allocate<int>(MaximumTile);

        var threads = side * side;
        var tile = side * RegisterTile.Side;
        var thread = Group.IdxX;
        var firstPosition = Grid.IdxX * tile;
        var firstChannel = Grid.IdxY * tile;
        var depth = g.KernelHeight * g.KernelWidth * g.InputChannels;

        for (var m = thread; m < tile; m += threads)
        {
            var position = firstPosition + m;
            originImage[m] = position / g.OutputWidth / g.OutputHeight * g.Height;
            originRow[m] = position < positions ? position / g.OutputWidth % g.OutputHeight - g.PadTop : NoRow;
            originColumn[m] = position % g.OutputWidth - g.PadLeft;
        }

        Group.Barrier();

        // Threads lie along the depth first: it is contiguous in memory as long as channels last.
        var lanes = IntrinsicMath.Min(TileDepth, threads);
        var row = thread / side * RegisterTile.Side;
        var column = thread % side * RegisterTile.Side;
        var total = default(RegisterTile);
        var sum = default(RegisterTile);
        var steps = (depth + TileDepth - 1) / TileDepth;
        for (var step = 0; step < steps; step++)
        {
            var firstTerm = step * TileDepth;
            for (var k = thread % lanes; k < TileDepth; k += lanes)
            {
                var term = firstTerm + k;
                var tap = term / g.InputChannels;
                var channel = term - tap * g.InputChannels;
                var i = tap / g.KernelWidth;
                var j = tap - i * g.KernelWidth;
                for (var m = thread / lanes; m < tile; m += threads / lanes)
                {
                    var y = originRow[m] + i;
                    var x = originColumn[m] + j;
                    var inside = term < depth && y >= 0 && y < g.Height && x >= 0 && x < g.Width;
                    left[k * LeftStride + m] = inside ? input[((originImage[m] + y) * g.Width + x) * g.InputChannels + channel] : 0f;
                }
            }

            for (var e = thread; e < TileDepth * tile; e += threads)
            {
                var k = e / tile;
                var n = e % tile;
                var inside = firstTerm + k < depth && firstChannel + n < g.OutputChannels;
                right[k * MaximumTile + n] = inside ? filter[(firstTerm + k) * g.OutputChannels + firstChannel + n] : 0f;
            }

            Group.Barrier();
            for (var k = 0; k < TileDepth; k++)
            {
                sum = sum.AddOuterProduct(
                    leftVectors[k * (LeftStride / RegisterTile.Side) + thread / side], rightVectors[k * (MaximumTile / RegisterTile.Side) + thread % side]);
            }

            if (step % StepsPerSum == StepsPerSum - 1)
            {
                total = total.Add(sum);
                sum = default;
            }

            Group.Barrier();
        }

        total = total.Add(sum);
        Store(total.Row0, firstPosition + row, firstChannel + column, positions, bias, output, g);
        Store(total.Row1, firstPosition + row + 1, firstChannel + column, positions, bias, output, g);
        Store(total.Row2, firstPosition + row + 2, firstChannel + column, positions, bias, output, g);
        Store(total.Row3, firstPosition + row + 3, firstChannel + column, positions, bias, output, g);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        Float4 sums, int position, int channel, int positions, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (position < positions)
        {
            Store(sums.X, position, channel, bias, output, g);
            Store(sums.Y, position, channel + 1, bias, output, g);
            Store(sums.Z, position, channel + 2, bias, output, g);
            Store(sums.W, position, channel + 3, bias, output, g);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float sum, int position, int channel, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (channel < g.OutputChannels)
        {
            output[position * g.OutputChannels + channel] = g.Finish(sum, bias[channel]);
        }
    }
}
