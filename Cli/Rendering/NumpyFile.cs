using System.Runtime.InteropServices;
using System.Text;

namespace Gpu.Cli.Rendering;

/// <summary>Saves matrices as NumPy reads them: format 1.0 of numpy.lib.format, rows one after the other, little-endian.</summary>
internal static class NumpyFile
{
    private const int Alignment = 64;
    private const int MagicLength = 10;

    /// <summary>Saves a matrix of whole numbers, <c>int32</c>.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(string path, int rows, int columns, ReadOnlySpan<int> values) =>
        Save(path, Header("<i4", rows, columns), MemoryMarshal.AsBytes(values));

    /// <summary>Saves a matrix of <c>float32</c>.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(string path, int rows, int columns, ReadOnlySpan<float> values) =>
        Save(path, Header("<f4", rows, columns), MemoryMarshal.AsBytes(values));

    private static void Save(string path, byte[] header, ReadOnlySpan<byte> values)
    {
        byte[] content = [.. header, .. values];
        OutputFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>Magic word, version, length, and a description that is filled up with blanks so that the values begin at a multiple of 64 bytes.</summary>
    private static byte[] Header(string type, int rows, int columns)
    {
        var description = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        var length = ((MagicLength + description.Length + Alignment) / Alignment * Alignment) - MagicLength;
        return
        [
            0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(description.PadRight(length - 1)), (byte)'\n',
        ];
    }
}
