using System.Text;

namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>
/// The parts of an HDF5 file that describe it, by their addresses. Structures of the format point anywhere, themselves included:
/// what is handed out is added up, and a file that wants more than it can hold is broken, so reading ends soon whatever it says.
/// </summary>
internal sealed class Hdf5Source
{
    /// <summary>What a file may ask for beyond its length: headers of a small file are read once to find their size and once whole.</summary>
    private const long Allowance = 64 << 10;

    /// <summary>What describes the tensors takes less in any file; the rest of a large one are values.</summary>
    private const long MaximumDescription = 64 << 20;

    /// <summary>No name of a group or dataset comes near.</summary>
    private const int MaximumName = 4096;

    private readonly MappedFile file;
    private readonly Superblock superblock;
    private long budget;

    /// <summary>Reads the superblock.</summary>
    /// <exception cref="CheckpointException">It is damaged, of an unknown version, or the file is cut short.</exception>
    public Hdf5Source(MappedFile file)
    {
        this.file = file;
        budget = Math.Min(file.Length, MaximumDescription) + Allowance;
        superblock = Superblock.Read(file);
    }

    public string Path => file.Path;

    /// <summary>The object header of the root group.</summary>
    public long RootHeader => superblock.RootHeader;

    /// <summary>Bytes of an address.</summary>
    public int OffsetSize => superblock.OffsetSize;

    /// <summary>Bytes of a length.</summary>
    public int LengthSize => superblock.LengthSize;

    /// <summary>The byte of the file that an address means.</summary>
    public long Position(long address) =>
        address >= 0 && address <= file.Length - superblock.BaseAddress
            ? superblock.BaseAddress + address
            : throw CheckpointException.For(Path, $"points to byte {address} beyond its {file.Length} bytes", CheckpointException.Damaged);

    /// <summary>A part of the file.</summary>
    /// <exception cref="CheckpointException">It does not lie inside the file, or the file refers to its parts again and again.</exception>
    public Hdf5Cursor Open(long address, long length)
    {
        var position = Position(address);
        var bytes = file.Slice(position, length);
        Charge(length);
        return new Hdf5Cursor(Path, bytes, position, OffsetSize, LengthSize);
    }

    /// <summary>A name of a heap: what is before the next zero.</summary>
    /// <exception cref="CheckpointException">It does not lie inside the heap, or has no end within reason.</exception>
    public string ReadName(long heap, long heapLength, long offset)
    {
        var position = Position(heap);
        var rest = file.Slice(position, heapLength)[(int)Math.Min(offset, heapLength)..];
        var length = rest[..Math.Min(rest.Length, MaximumName)].IndexOf((byte)0);
        if (length <= 0)
        {
            throw CheckpointException.For(Path, "has a link without a name", CheckpointException.Damaged, offset: position);
        }

        Charge(length);
        return Encoding.UTF8.GetString(rest[..length]);
    }

    /// <summary>Counts what is made of the file.</summary>
    /// <exception cref="CheckpointException">It is more than a sound file can ask for.</exception>
    public void Charge(long bytes)
    {
        budget -= bytes;
        if (budget < 0)
        {
            throw CheckpointException.For(Path, "refers to the same parts again and again", CheckpointException.Damaged);
        }
    }
}
