namespace Gpu.Engine.Networks;

/// <summary>A checkpoint does not hold a network that this engine runs, or its labels do not fit; the message lists every problem.</summary>
public sealed class NetworkException : Exception
{
    /// <summary>An unexplained mismatch.</summary>
    public NetworkException()
    {
    }

    /// <summary>A mismatch with its explanation.</summary>
    public NetworkException(string message)
        : base(message)
    {
    }

    /// <summary>A mismatch with its explanation and cause.</summary>
    public NetworkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
