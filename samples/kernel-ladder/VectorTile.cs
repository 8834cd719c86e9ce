// Rung 5: a group of 16x16 threads computes 128 positions x 128 channels, each thread 8x8 of them as four blocks of 4x4, and every
// access is of 16 bytes: for a term 4 loads from shared memory for 64 multiply-adds. 8 terms at a time: each thread brings 4 channels of one
// window and 4 weights of one row. Where a window begins is found once. Channels come in multiples of 4, so that 4 terms are one pixel's.
//   values   [8][128 + 4]  input values, padded so that the four stores of a thread fall into different banks
//   weights  [8][128]
// 10 KiB of shared memory, 64 sums a thread.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>A tile of 8x8 outputs per thread, loaded and stored by four.</summary>
internal sealed class VectorTile(Device device) : Rung(device)
{
    private const int Vector = 4;
    private const int OutputsPerThread = 2 * Vector;
    private const int TileDepth = 8;
    private const int MaximumTile = Side * OutputsPerThread;
    private const int ValuesStride = MaximumTile + Vector;

    public override string Name => "ladder-5-vector-tile";

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        specification.Input.Channels % Vector == 0 && specification.Filter.OutputChannels % Vector == 0;

    protected override ConvolutionLaunch Load(ConvolutionSpecification specification)
    {
        var kernel = Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry, int>(IsSmall ? SmallKernel : Kernel);
        var geometry = ConvolutionGeometry.Of(specification);
        var (grid, positions) = (Tiles(specification, OutputsPerThread), (int)specification.Output.Positions);
        return (stream, input, filter, bias, output) => kernel(stream, grid, input, filter, bias, output, geometry, positions);
    }

    internal static void Kernel(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, Side);

    internal static void SmallKernel(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, SmallSide);

    /// <summary>The kernel; the side is a constant once this is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute(
        ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions, int side)
    {
        var valueVectors = SharedMemory.Allocate<Float4>(TileDepth * ValuesStride / Vector);
        var weightVectors = SharedMemory.Allocate<Float4>(TileDepth * MaximumTile / Vector);
        var values = valueVectors.Cast<float>();
        var image = SharedMemory.Allocate<int>(MaximumTile);
        var top = SharedMemory.Allocate<int>(MaximumTile);
        var left = SharedMemory.Allocate<int>(MaximumTile);

        var inputVectors = input.Cast<Float4>();
        var filterVectors = filter.Cast<Float4>();
        var thread = Group.IdxX;
        var threads = side * side;
        var tile = side * OutputsPerThread;
        var firstPosition = Grid.IdxX * tile;
        var firstChannel = Grid.IdxY * tile;
        var depth = g.KernelHeight * g.KernelWidth * g.InputChannels;
        for (var m = thread; m < tile; m += threads)
        {
            var window = Window.Of(IntrinsicMath.Min(firstPosition + m, positions - 1), g);
            image[m] = window.Image;
            top[m] = window.Top;
            left[m] = window.Left;
        }

        Group.Barrier();

        // Of a thread's 8 rows and columns, four lie in the first half of the tile and four in the second: neighbours' vectors adjoin.
        var half = side * Vector;
        var row = thread / side;
        var column = thread % side;
        var block00 = default(Sums);
        var block01 = default(Sums);
        var block10 = default(Sums);
        var block11 = default(Sums);
        for (var first = 0; first < depth; first += TileDepth)
        {
            for (var v = thread; v < tile * (TileDepth / Vector); v += threads)
            {
                var m = v / (TileDepth / Vector);
                var k = v % (TileDepth / Vector) * Vector;
                var pixel = new Window(image[m], top[m], left[m]).Pixel(first + k, g);
                var four = pixel < 0 ? default : inputVectors[(pixel * g.InputChannels + (first + k) % g.InputChannels) / Vector];
                values[k * ValuesStride + m] = four.X;
                values[(k + 1) * ValuesStride + m] = four.Y;
                values[(k + 2) * ValuesStride + m] = four.Z;
                values[(k + 3) * ValuesStride + m] = four.W;
            }

            for (var v = thread; v < TileDepth * tile / Vector; v += threads)
            {
                var k = v / (tile / Vector);
                var n = v % (tile / Vector);
                var isInside = first + k < depth && firstChannel + n * Vector < g.OutputChannels;
                weightVectors[k * (MaximumTile / Vector) + n] = isInside ? filterVectors[((first + k) * g.OutputChannels + firstChannel) / Vector + n] : default;
            }

            Group.Barrier();
            for (var k = 0; k < TileDepth; k++)
            {
                var values0 = valueVectors[k * (ValuesStride / Vector) + row];
                var values1 = valueVectors[k * (ValuesStride / Vector) + side + row];
                var weights0 = weightVectors[k * (MaximumTile / Vector) + column];
                var weights1 = weightVectors[k * (MaximumTile / Vector) + side + column];
                block00 = block00.AddProduct(values0, weights0);
                block01 = block01.AddProduct(values0, weights1);
                block10 = block10.AddProduct(values1, weights0);
                block11 = block11.AddProduct(values1, weights1);
            }

            Group.Barrier();
        }

        var position = firstPosition + row * Vector;
        var channel = firstChannel + column * Vector;
        Store(block00, position, channel, positions, bias, output, g);
        Store(block01, position, channel + half, positions, bias, output, g);
        Store(block10, position + half, channel, positions, bias, output, g);
        Store(block11, position + half, channel + half, positions, bias, output, g);
    }

    private static void Store(Sums sums, int position, int channel, int positions, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (channel < g.OutputChannels)
        {
            var biases = bias.Cast<Float4>()[channel / Vector];
            Store(sums.Row0, position, channel, positions, biases, output, g);
            Store(sums.Row1, position + 1, channel, positions, biases, output, g);
            Store(sums.Row2, position + 2, channel, positions, biases, output, g);
            Store(sums.Row3, position + 3, channel, positions, biases, output, g);
        }
    }

    private static void Store(Float4 sums, int position, int channel, int positions, Float4 biases, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (position < positions)
        {
            output.Cast<Float4>()[(position * g.OutputChannels + channel) / Vector] = new Float4(
                g.Finish(sums.X, biases.X), g.Finish(sums.Y, biases.Y), g.Finish(sums.Z, biases.Z), g.Finish(sums.W, biases.W));
        }
    }
}
