using System.Text;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// A checkpoint cannot be read or written. The only exception of this folder: its message is one sentence that names the file,
/// the tensor if there is one, what was found and what to do; the parts of the sentence are properties.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Characters of a damaged file's names that are repeated in a message.</summary>
    private const int MaximumName = 200;

    /// <summary>An unexplained failure.</summary>
    public CheckpointException()
    {
    }

    /// <summary>A failure with its sentence.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its sentence and cause.</summary>
    public CheckpointException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The file, as it was named.</summary>
    public string? File { get; private init; }

    /// <summary>The tensor, if it is about one.</summary>
    public string? Tensor { get; private init; }

    /// <summary>The byte of the file, if it is about one.</summary>
    public long? Offset { get; private init; }

    /// <summary>What should be there.</summary>
    public string? Expected { get; private init; }

    /// <summary>What is there.</summary>
    public string? Found { get; private init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; private init; }

    /// <summary>The remedy for a file whose structure is broken.</summary>
    internal const string Damaged = "the file is damaged, copy or download it again";

    /// <summary>Composes the sentence: <c>'file': tensor 'name' PROBLEM at byte N (expected X, found Y); REMEDY.</c></summary>
    internal static CheckpointException For(
        string file, string problem, string remedy, string? tensor = null, long? offset = null,
        string? expected = null, string? found = null, Exception? cause = null)
    {
        var sentence = new StringBuilder($"'{file}'");
        if (tensor is not null)
        {
            sentence.Append($": tensor '{Printable(tensor)}'");
        }

        sentence.Append($" {problem}");
        if (offset is not null)
        {
            sentence.Append($" at byte {offset}");
        }

        if (expected is not null)
        {
            sentence.Append(found is null ? $" (expected {expected})" : $" (expected {expected}, found {Printable(found)})");
        }

        sentence.Append($"; {remedy}.");
        return new CheckpointException(sentence.ToString(), cause)
        {
            File = file,
            Tensor = tensor,
            Offset = offset,
            Expected = expected,
            Found = found,
            Remedy = remedy,
        };
    }

    /// <summary>What a damaged file says may be anything.</summary>
    private static string Printable(string name) =>
        string.Concat(name.Take(MaximumName).Select(c => char.IsControl(c) ? '?' : c));
}
