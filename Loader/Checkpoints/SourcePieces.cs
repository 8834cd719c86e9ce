namespace Gpu.Loader.Checkpoints;

/// <summary>Asks sources for their bytes in pieces of one buffer, tells the progress and looks for cancellation between them.</summary>
internal sealed class SourcePieces(IProgress<long>? progress, CancellationToken cancellationToken)
{
    private readonly byte[] buffer = new byte[4 << 20];
    private long done;

    /// <summary>Hands all bytes of a tensor over, in order and in whole elements.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="take">Takes a piece, which is valid during the call.</param>
    /// <param name="isFirstOfTwo">Whether the tensor is read again; such a pass is no progress.</param>
    public void Read(TensorSource source, Action<ReadOnlyMemory<byte>> take, bool isFirstOfTwo = false)
    {
        for (long offset = 0; offset < source.Bytes; offset += buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, source.Bytes - offset));
            source.Fill(offset, piece);
            take(piece);
            if (!isFirstOfTwo)
            {
                done += piece.Length;
                progress?.Report(done);
            }
        }
    }

    /// <summary>The strings of a tensor of strings.</summary>
    /// <exception cref="ArgumentException">The source's bytes are not as <see cref="StringValues"/>.</exception>
    public List<ReadOnlyMemory<byte>> ReadStrings(TensorSource source)
    {
        var bytes = new byte[source.Bytes];
        source.Fill(0, bytes);
        done += bytes.Length;
        progress?.Report(done);
        return StringValues.TrySplit(bytes, out var values)
            ? values
            : throw new ArgumentException($"The source of '{source.Name}' does not give strings.", nameof(source));
    }
}
