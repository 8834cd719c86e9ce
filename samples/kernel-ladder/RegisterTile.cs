// Rung 4: a group of 16x16 threads computes 64 positions x 64 channels, each thread 4x4 of them in registers: for a term it reads
// 4 input values and 4 weights from shared memory for 16 multiply-adds, a quarter of what rung 3 reads. 16 terms at a time;
// 8 KiB of shared memory and 16 sums a thread.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>A tile of 4x4 outputs per thread.</summary>
internal sealed class RegisterTile(Device device) : Rung(device)
{
    private const int OutputsPerThread = 4;
    private const int TileDepth = 16;
    private const int MaximumTile = Side * OutputsPerThread;

    public override string Name => "ladder-4-register-tile";

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
        var values = SharedMemory.Allocate<float>(TileDepth * MaximumTile);
        var weights = SharedMemory.Allocate<float>(TileDepth * MaximumTile);
        var thread = Group.IdxX;
        var tile = side * OutputsPerThread;
        var row = thread / side * OutputsPerThread;
        var column = thread % side * OutputsPerThread;
        var firstPosition = Grid.IdxX * tile;
        var firstChannel = Grid.IdxY * tile;
        var depth = g.KernelHeight * g.KernelWidth * g.InputChannels;
        var sums = default(Sums);
        for (var first = 0; first < depth; first += TileDepth)
        {
            // Neighbouring threads read along the channels of a window, and along the channels of a filter's row.
            for (var e = thread; e < TileDepth * tile; e += side * side)
            {
                var (m, k) = (e / TileDepth, e % TileDepth);
                values[k * MaximumTile + m] = firstPosition + m < positions ? Window.Of(firstPosition + m, g).Value(input, first + k, g) : 0f;
            }

            for (var e = thread; e < TileDepth * tile; e += side * side)
            {
                var (k, n) = (e / tile, e % tile);
                weights[k * MaximumTile + n] = first + k < depth && firstChannel + n < g.OutputChannels ? filter[(first + k) * g.OutputChannels + firstChannel + n] : 0f;
            }

            Group.Barrier();
            for (var k = 0; k < TileDepth; k++)
            {
                sums = sums.AddProduct(Four(values, k * MaximumTile + row), Four(weights, k * MaximumTile + column));
            }

            Group.Barrier();
        }

        Store(sums.Row0, firstPosition + row, firstChannel + column, positions, bias, output, g);
        Store(sums.Row1, firstPosition + row + 1, firstChannel + column, positions, bias, output, g);
        Store(sums.Row2, firstPosition + row + 2, firstChannel + column, positions, bias, output, g);
        Store(sums.Row3, firstPosition + row + 3, firstChannel + column, positions, bias, output, g);
    }

    private static Float4 Four(ArrayView<float> view, int first) => new(view[first], view[first + 1], view[first + 2], view[first + 3]);

    private static void Store(Float4 sums, int position, int channel, int positions, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (position < positions)
        {
            Store(sums.X, position, channel, bias, output, g);
            Store(sums.Y, position, channel + 1, bias, output, g);
            Store(sums.Z, position, channel + 2, bias, output, g);
            Store(sums.W, position, channel + 3, bias, output, g);
        }
    }

    private static void Store(float sum, int position, int channel, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        if (channel < g.OutputChannels)
        {
            output[position * g.OutputChannels + channel] = g.Finish(sum, bias[channel]);
        }
    }
}
