namespace Gpu.WeightsTools.Fetching;

/// <summary>Reads another stream up to a limit, so that a few compressed bytes do not become an endless file.</summary>
/// <param name="inner">Read from, and left open.</param>
/// <param name="limit">Bytes that may be read at first.</param>
internal sealed class MeteredStream(Stream inner, long limit) : Stream
{
    /// <summary>Bytes that may still be read.</summary>
    public long Remaining { get; private set; } = limit;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Lets more bytes be read.</summary>
    public void Allow(long bytes) => Remaining += bytes;

    /// <exception cref="InvalidDataException">There is more than the limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Remaining -= read;
        return Remaining >= 0 ? read : throw new InvalidDataException("there is more in it than a checkpoint and its name");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
