namespace Gpu.Loader.Checkpoints;

/// <summary>A tensor to be written; its bytes are asked for in pieces, in order, perhaps more than once.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Lengths of the dimensions, the outermost first; none for a scalar.</param>
/// <param name="Bytes">Length of the raw little-endian bytes; of strings, of their form in <see cref="Checkpoint.ReadBytes"/>.</param>
/// <param name="Fill">Writes the raw little-endian bytes from an offset on into memory: <c>(offset, destination)</c>.</param>
public sealed record TensorSource(string Name, ElementType Type, IReadOnlyList<long> Shape, long Bytes, Action<long, Memory<byte>> Fill);
