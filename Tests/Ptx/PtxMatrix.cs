namespace Gpu.Tests.Ptx;

/// <summary>
/// A matrix in shared memory as <c>wgmma</c> takes it, from its descriptor (PTX ISA 9, section 9.7.16.5.1.2): rows of 16 bytes, of which
/// eight make a core matrix. Lines are the rows of the left or the columns of the right matrix.
/// </summary>
internal readonly record struct PtxMatrix
{
    private const ulong Reserved = 0x3FF1_C000_C000_C000;
    private const int CoreRows = 8;

    private readonly ulong start;
    private readonly ulong leading;
    private readonly ulong stride;
    private readonly int vectors;

    /// <summary>Reads a descriptor.</summary>
    /// <exception cref="PtxException">Bits of it have no meaning, or a base offset is given.</exception>
    public PtxMatrix(ulong descriptor)
    {
        if ((descriptor & Reserved) != 0)
        {
            throw new PtxException($"the matrix descriptor {descriptor:x} has bits without a meaning");
        }

        if (((descriptor >> 49) & 7) != 0)
        {
            throw new PtxException($"the base offset of the matrix descriptor {descriptor:x} is not understood");
        }

        (start, leading, stride) = (Field(0), Field(16), Field(32));
        // Vectors of 16 bytes of a line that are swizzled among themselves: 128, 64 or 32 bytes.
        vectors = (descriptor >> 62) switch
        {
            0 => 1,
            var mode => 16 >> (int)mode,
        };

        ulong Field(int bit) => ((descriptor >> bit) & 0x3FFF) << 4;
    }

    /// <summary>The address of 16 bytes of a line, which lie along the depth.</summary>
    /// <param name="line">The line.</param>
    /// <param name="vector">Which 16 bytes of the line.</param>
    public ulong AlongDepth(int line, int vector)
    {
        var (block, row) = ((ulong)(line / CoreRows), (ulong)(line % CoreRows));
        return vectors == 1
            ? start + (block * stride) + (row * PtxSharedMemory.RowBytes) + ((ulong)vector * leading)
            : Swizzled(start + (block * stride) + (((row * (ulong)vectors) + (ulong)vector) * PtxSharedMemory.RowBytes));
    }

    /// <summary>The address of 16 bytes of a depth, which lie along the lines.</summary>
    /// <param name="vector">Which 16 bytes.</param>
    /// <param name="depth">The depth.</param>
    public ulong AcrossDepth(int vector, int depth)
    {
        var (block, row) = ((ulong)(depth / CoreRows), (ulong)(depth % CoreRows));
        var (repeat, place) = ((ulong)(vector / vectors), (ulong)(vector % vectors));
        return vectors == 1
            ? start + (repeat * stride) + (block * leading) + (row * PtxSharedMemory.RowBytes)
            : Swizzled(start + (repeat * leading) + (block * stride) + (((row * (ulong)vectors) + place) * PtxSharedMemory.RowBytes));
    }

    /// <summary>The vector of 16 bytes in an address, exclusive or the row of 128 bytes, in as many bits as a line has vectors.</summary>
    private ulong Swizzled(ulong address) => address ^ ((address >> 3) & ((ulong)(vectors - 1) * PtxSharedMemory.RowBytes));
}
