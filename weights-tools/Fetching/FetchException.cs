namespace Gpu.WeightsTools.Fetching;

/// <summary>
/// A download failed, or what came is refused: the network, the server or its file is at fault, not this machine's disk. Its
/// message is one sentence that names the address and what to do.
/// </summary>
internal sealed class FetchException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>A sentence whose subject is the address.</summary>
    public static FetchException For(Uri address, string problem, Exception? cause = null) => new($"'{address}' {problem}.", cause);
}
