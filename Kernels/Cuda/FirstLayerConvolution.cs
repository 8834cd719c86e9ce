// out = relu(conv(in, filter) + bias) for 3x3 kernels over 1 to 4 channels, the first layer of a network, with a max pool if one follows.
// in is (N, H, W, C), filter is (9*C, O), out is (N*OH*OW, O) in float32; dense row-major, O a multiple of 4, aligned to 16 bytes.
// Launch: groups of 128 threads, each group 32 rows (positions, see TileGeometry) x 64 outputs; each thread 4 adjacent rows, the members of
// a pooling window if there is a pool, x 4 outputs, in registers. 16 neighbours read the same pixels and adjacent weights, which the
// first-level cache serves: there is no depth worth a tile in shared memory. Outputs are stored 16 bytes at a time, 256 side by side.
// Bound by the bytes of the output: 54 flops for each of 4 bytes. Registers stand in Tests/Data/ptxas.tsv. Not measured on a GPU yet.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>3x3 convolution of few channels.</summary>
internal sealed class FirstLayerConvolution(AcceleratorDevice device) : PortableConvolution(device)
{
    /// <summary>Most input channels.</summary>
    private const int MaximumChannels = 4;

    /// <summary>Rows and columns of the convolution's kernel.</summary>
    private const int Side = 3;

    private const int Threads = 128;
    private const int Vector = RegisterTile.Side;
    private const int Columns = 16;

    /// <summary>The tile of a group.</summary>
    internal static readonly TileShape Tile = new(Threads, Threads / Columns * RegisterTile.Side, Columns * Vector, MaximumChannels, Interleave: 1);

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<Float4>, ArrayView<Float4>, ArrayView<Float4>, TileGeometry>> launcher = new(() =>
        device.Accelerator.LoadKernel<ArrayView<float>, ArrayView<Float4>, ArrayView<Float4>, ArrayView<Float4>, TileGeometry>(
            Kernel, LaunchBoundsAttribute.Find(Kernel).Specialization));

    public override string Name => "direct-first-layer";

    public override bool FusesMaxPool => true;

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        specification.Filter is { KernelHeight: Side, KernelWidth: Side } && specification.Filter.InputChannels <= MaximumChannels && specification.Filter.OutputChannels % Vector == 0;

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var kernel = Device.Guard($"compile {Name}", () => launcher.Value);
        var launch = TiledLaunch.Sliced(specification, Tile, slices: 1);
        return Operation(specification, (input, output) => kernel(
            Device.Stream, launch.Grid, input, filter.Weights.Cast<Float4>(), filter.Bias.Cast<Float4>(), output.Cast<Float4>(), launch.Geometry));
    }

    [LaunchBounds(Threads, 8)]
    internal static void Kernel(ArrayView<float> input, ArrayView<Float4> filter, ArrayView<Float4> bias, ArrayView<Float4> output, TileGeometry t)
    {
        var g = t.Convolution;
        var vectors = g.OutputChannels / Vector;
        var vector = (Grid.IdxY * Columns) + (Group.IdxX % Columns);
        var row = ((Grid.IdxX * (Threads / Columns)) + (Group.IdxX / Columns)) * RegisterTile.Side;
        if (vector < vectors)
        {
            var window0 = TapWindow.Of(t, row);
            var window1 = TapWindow.Of(t, row + 1);
            var window2 = TapWindow.Of(t, row + 2);
            var window3 = TapWindow.Of(t, row + 3);
            var sums = default(RegisterTile);
            for (var tap = 0; tap < Side * Side; tap++)
            {
                var cursor = new DepthCursor(tap / Side, tap % Side, Channel: 0);
                var offset = cursor.InputOffset(g.Width, g.InputChannels);
                var inside0 = window0.Contains(g, cursor);
                var inside1 = window1.Contains(g, cursor);
                var inside2 = window2.Contains(g, cursor);
                var inside3 = window3.Contains(g, cursor);
                for (var channel = 0; channel < g.InputChannels; channel++)
                {
                    var pixels = new Float4(
                        Load(input, window0, inside0, offset + channel), Load(input, window1, inside1, offset + channel),
                        Load(input, window2, inside2, offset + channel), Load(input, window3, inside3, offset + channel));
                    sums = sums.AddOuterProduct(pixels, filter[(((tap * g.InputChannels) + channel) * vectors) + vector]);
                }
            }

            var b = bias[vector];
            if (t.Pooled != 0)
            {
                Store(output, t, t.PositionOf(row), vector, sums.Row0.Max(sums.Row1).Max(sums.Row2.Max(sums.Row3)), b);
            }
            else
            {
                Store(output, t, row, vector, sums.Row0, b);
                Store(output, t, row + 1, vector, sums.Row1, b);
                Store(output, t, row + 2, vector, sums.Row2, b);
                Store(output, t, row + 3, vector, sums.Row3, b);
            }
        }
    }

    /// <summary>A value of a tap, 0 outside the picture.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Load(ArrayView<float> input, TapWindow window, int inside, int offset)
    {
        var value = 0f;
        if (inside != 0)
        {
            value = input[window.Origin + offset];
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ArrayView<Float4> output, TileGeometry t, int position, int vector, Float4 sums, Float4 bias)
    {
        if (position < t.Positions)
        {
            output[(position * (t.Convolution.OutputChannels / Vector)) + vector] = t.Convolution.Finish(sums, bias);
        }
    }
}
