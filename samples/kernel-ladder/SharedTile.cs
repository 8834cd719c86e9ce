// Rung 3: a group of 16x16 threads computes 16 positions x 16 channels. 16 terms at a time, each thread brings one input value and one
// weight into shared memory, where 16 threads read each of them: a sixteenth of the loads from global memory, though each
// multiply-add takes two from shared memory. 2 KiB of shared memory, 2 barriers for 16 terms.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>A tile of one output per thread over inputs and weights in shared memory.</summary>
internal sealed class SharedTile(Device device) : Rung(device)
{
    public override string Name => "ladder-3-shared-tile";

    protected override ConvolutionLaunch Load(ConvolutionSpecification specification)
    {
        var kernel = Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry, int>(IsSmall ? SmallKernel : Kernel);
        var geometry = ConvolutionGeometry.Of(specification);
        var (grid, positions) = (Tiles(specification, outputsPerThread: 1), (int)specification.Output.Positions);
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
        var values = SharedMemory.Allocate<float>(Side * Side);
        var weights = SharedMemory.Allocate<float>(Side * Side);
        var row = Group.IdxX / side;
        var column = Group.IdxX % side;
        var position = Grid.IdxX * side + row;
        var channel = Grid.IdxY * side + column;
        var window = Window.Of(position, g);
        var depth = g.KernelHeight * g.KernelWidth * g.InputChannels;
        var sum = 0f;
        for (var first = 0; first < depth; first += side)
        {
            values[Group.IdxX] = position < positions ? window.Value(input, first + column, g) : 0f;
            weights[Group.IdxX] = first + row < depth && channel < g.OutputChannels ? filter[(first + row) * g.OutputChannels + channel] : 0f;
            Group.Barrier();
            for (var k = 0; k < side; k++)
            {
                sum += values[row * side + k] * weights[k * side + column];
            }

            Group.Barrier();
        }

        if (position < positions && channel < g.OutputChannels)
        {
            output[position * g.OutputChannels + channel] = g.Finish(sum, bias[channel]);
        }
    }
}
