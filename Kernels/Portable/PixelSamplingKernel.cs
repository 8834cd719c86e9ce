// in[n,y,x,c] = (between(between(p[top,left], p[top,right]), between(p[bottom,left], p[bottom,right])) - mean[c]) * scale[c], where
// between(a, b) = a + (b - a) * fraction, and n's row y lies between top and bottom, its column x between left and right.
// p is bytes, r, g, b; positions are (N*H) rows, then (N*W) columns; in is (N, H, W, 3) in float32, dense.
// Launch: one thread per value, channels fastest, so that neighbours store adjacent values and read the same few pixels.
// A product is rounded to float32 before it is added, as on the host: of float64 it is exact, and its conversion keeps compilers from
// making a fused multiply-add of it.
// Bound by the bytes: 4 written a value, and up to 4 read that neighbours share. Not measured apart from what follows it.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>
/// Network inputs from pixels, a thread per value. Memory for the pixels of any input of a shape is kept for the next; where copies
/// are not waited for there are two in turn, so that pixels travel while the network runs on those before them.
/// </summary>
internal sealed class PixelSamplingKernel(AcceleratorDevice device) : PixelSampling, IDisposable
{
    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<byte>, ArrayView<SamplePosition>, ArrayView<float>, SampleGeometry>> launcher =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<byte>, ArrayView<SamplePosition>, ArrayView<float>, SampleGeometry>(Kernel));

    private PixelMemory current = new(device);
    private PixelMemory other = new(device);

    public override void Run(SampledPixels pixels, ChannelScaling scaling, Tensor input)
    {
        var shape = pixels.Input;
        var values = AcceleratorOperation.Values(device, input, shape);
        var launch = device.Guard("compile pixel-sampling", () => launcher.Value);
        var (source, positions) = current.Upload(pixels);
        var geometry = new SampleGeometry(shape.Height, shape.Width, shape.Batch * shape.Height, scaling);
        device.Guard($"make the input {shape}", () => launch(device.Stream, (int)shape.Elements, source, positions, values, geometry));
        if (current.LastUse is { } use)
        {
            use.Mark();
            (current, other) = (other, current);
        }
    }

    public void Dispose()
    {
        current.Dispose();
        other.Dispose();
    }

    internal static void Kernel(Index1D index, ArrayView<byte> pixels, ArrayView<SamplePosition> positions, ArrayView<float> input, SampleGeometry g)
    {
        var position = index / SampledPixels.Channels;
        var channel = index - (position * SampledPixels.Channels);
        var line = position / g.Width;
        var row = positions[line];
        var column = positions[g.Lines + (line / g.Height * g.Width) + (position - (line * g.Width))];
        var left = column.Lower + channel;
        var right = column.Upper + channel;
        var top = Between(pixels[row.Lower + left], pixels[row.Lower + right], column.Fraction);
        var bottom = Between(pixels[row.Upper + left], pixels[row.Upper + right], column.Fraction);
        var s = g.Scaling;
        var mean = channel == 0 ? s.MeanRed : channel == 1 ? s.MeanGreen : s.MeanBlue;
        var scale = channel == 0 ? s.ScaleRed : channel == 1 ? s.ScaleGreen : s.ScaleBlue;
        input[index] = (Between(top, bottom, row.Fraction) - mean) * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Between(float lower, float upper, float fraction) => lower + (float)((double)(upper - lower) * fraction);

    /// <summary>Sizes of the input as the kernel takes them, and what becomes of its values.</summary>
    internal readonly record struct SampleGeometry(int Height, int Width, int Lines, ChannelScaling Scaling);

    /// <summary>The device's memory for the pixels and positions of an input.</summary>
    private sealed class PixelMemory(AcceleratorDevice device) : IDisposable
    {
        private MemoryBuffer1D<byte, Stride1D.Dense>? pixels;
        private MemoryBuffer1D<SamplePosition, Stride1D.Dense>? positions;

        /// <summary>The launch that read it last; null on a device whose copies are waited for.</summary>
        public LastUse? LastUse { get; private set; }

        /// <summary>Copies an input's pixels and positions, after the last use.</summary>
        public (ArrayView<byte> Pixels, ArrayView<SamplePosition> Positions) Upload(SampledPixels source)
        {
            LastUse ??= device.CreateLastUse();
            var length = Math.Max(source.Pixels.Length, sizeof(float) * source.Input.Elements);
            return (Upload(source.Pixels.Span, length, ref pixels), Upload(source.Positions.Span, source.Positions.Length, ref positions));
        }

        public void Dispose()
        {
            Free(ref pixels);
            Free(ref positions);
        }

        /// <summary>Copies to memory of a length or more, which replaces shorter one.</summary>
        private ArrayView<T> Upload<T>(ReadOnlySpan<T> source, long length, ref MemoryBuffer1D<T, Stride1D.Dense>? memory)
            where T : unmanaged
        {
            if (memory is null || memory.Length < length)
            {
                Free(ref memory);
                memory = device.Memory.Allocate<T>(length);
            }

            ArrayView<T> view = memory.View;
            device.Memory.Upload(source, view, LastUse);
            return view;
        }

        private void Free<T>(ref MemoryBuffer1D<T, Stride1D.Dense>? memory)
            where T : unmanaged
        {
            if (memory is not null)
            {
                device.Memory.Free(memory);
                memory = null;
            }
        }
    }
}
