namespace Gpu.Loader.Checkpoints;

/// <summary>A tensor's bytes as a reader gives them: a part of a mapped file, or an array that was made for them.</summary>
internal readonly ref struct TensorBytes
{
    private readonly byte[]? array;

    private TensorBytes(ReadOnlySpan<byte> span, byte[]? array)
    {
        Span = span;
        this.array = array;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span { get; }

    public static implicit operator TensorBytes(ReadOnlySpan<byte> mapped) => new(mapped, null);

    public static implicit operator TensorBytes(byte[] made) => new(made, made);

    /// <summary>The bytes to keep: the array that was made for them, else a copy.</summary>
    public byte[] ToArray() => array ?? Span.ToArray();
}
