using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// Activations as NCHW16c: <c>[image][block of 16 channels][halo + row + halo][halo + column + halo][16]</c>. A convolution reads
/// its border from the halo of zeros, so that its inner loop has no bounds checks. Channels are padded with zeros to whole blocks.
/// </summary>
internal sealed unsafe class HostTensor : Tensor
{
    /// <summary>Channels of a block: one 512-bit vector, one cache line.</summary>
    public const int BlockChannels = 16;

    private readonly HostBuffer buffer;

    public HostTensor(HostBuffer buffer, Shape shape, int halo)
        : base(shape, halo)
    {
        if (StorageBytes(shape, halo) > buffer.Bytes)
        {
            throw new ArgumentException($"A tensor of shape {shape} with halo {halo} needs {StorageBytes(shape, halo)} bytes, the buffer has {buffer.Bytes}.");
        }

        this.buffer = buffer;
        Blocks = BlocksOf(shape.Channels);
        RowStride = (nint)(shape.Width + (2 * halo)) * BlockChannels;
        BlockStride = RowStride * (shape.Height + (2 * halo));
        ImageStride = BlockStride * Blocks;
    }

    /// <summary>Blocks of channels.</summary>
    public int Blocks { get; }

    /// <summary>Floats from one row to the next.</summary>
    public nint RowStride { get; }

    /// <summary>Floats from one block of channels to the next.</summary>
    public nint BlockStride { get; }

    /// <summary>Floats from one image to the next.</summary>
    public nint ImageStride { get; }

    public static int BlocksOf(int channels) => (channels + BlockChannels - 1) / BlockChannels;

    public static long StorageBytes(Shape shape, int halo) => checked(
        sizeof(float) * BlockChannels * (long)shape.Batch * BlocksOf(shape.Channels) * (shape.Height + (2L * halo)) * (shape.Width + (2L * halo)));

    /// <summary>The 16 channels of a pixel; row and column may lie in the halo.</summary>
    public float* At(int image, int block, int row, int column) =>
        buffer.Start + (image * ImageStride) + (block * BlockStride) + ((row + Halo) * RowStride) + ((nint)(column + Halo) * BlockChannels);

    public override void Upload(ReadOnlySpan<float> source)
    {
        CheckLength(source.Length);
        ClearHalo();
        var channels = Shape.Channels;
        for (var n = 0; n < Shape.Batch; n++)
        {
            for (var y = 0; y < Shape.Height; y++)
            {
                for (var block = 0; block < Blocks; block++)
                {
                    var count = Math.Min(BlockChannels, channels - (block * BlockChannels));
                    var pixel = At(n, block, y, 0);
                    var next = ((((n * Shape.Height) + y) * Shape.Width) * channels) + (block * BlockChannels);
                    for (var x = 0; x < Shape.Width; x++, pixel += BlockChannels, next += channels)
                    {
                        // A network's input has 3 channels: calls to copy and to clear so few would take longer than all the rest.
                        Vector512<float>.Zero.Store(pixel);
                        var values = source.Slice(next, count);
                        for (var c = 0; c < values.Length; c++)
                        {
                            pixel[c] = values[c];
                        }
                    }
                }
            }
        }
    }

    public override void Download(Span<float> destination)
    {
        CheckLength(destination.Length);
        var next = 0;
        for (var n = 0; n < Shape.Batch; n++)
        {
            for (var y = 0; y < Shape.Height; y++)
            {
                for (var x = 0; x < Shape.Width; x++, next += Shape.Channels)
                {
                    ReadPosition(n, y, x, destination.Slice(next, Shape.Channels));
                }
            }
        }
    }

    /// <summary>Copies all channels of a pixel.</summary>
    public void ReadPosition(int image, int row, int column, Span<float> channels)
    {
        var pixel = At(image, 0, row, column);
        for (var c = 0; c < channels.Length; c += BlockChannels, pixel += BlockStride)
        {
            new Span<float>(pixel, Math.Min(BlockChannels, channels.Length - c)).CopyTo(channels[c..]);
        }
    }

    /// <summary>Sets all channels of a pixel, and zeros the padding of its last block.</summary>
    public void WritePosition(int image, int row, int column, ReadOnlySpan<float> channels)
    {
        var pixel = At(image, 0, row, column);
        for (var c = 0; c < channels.Length; c += BlockChannels, pixel += BlockStride)
        {
            var values = new Span<float>(pixel, BlockChannels);
            var count = Math.Min(BlockChannels, channels.Length - c);
            channels.Slice(c, count).CopyTo(values);
            values[count..].Clear();
        }
    }

    /// <summary>Zeros the halo: every operation that writes a tensor does, since the buffer may have held another.</summary>
    public void ClearHalo()
    {
        if (Halo == 0)
        {
            return;
        }

        var side = (nuint)(Halo * BlockChannels * sizeof(float));
        var edge = (nuint)(Halo * RowStride * sizeof(float));
        for (var n = 0; n < Shape.Batch; n++)
        {
            for (var block = 0; block < Blocks; block++)
            {
                NativeMemory.Clear(At(n, block, -Halo, -Halo), edge);
                NativeMemory.Clear(At(n, block, Shape.Height, -Halo), edge);
                for (var y = 0; y < Shape.Height; y++)
                {
                    NativeMemory.Clear(At(n, block, y, -Halo), side);
                    NativeMemory.Clear(At(n, block, y, Shape.Width), side);
                }
            }
        }
    }
}
