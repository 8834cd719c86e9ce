namespace Gpu.WeightsTools;

/// <summary>Exit codes of <c>weights-tools</c>, as its help lists them.</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Success = 0;

    /// <summary>The checkpoints compared differ.</summary>
    public const int Different = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A file cannot be read or written.</summary>
    public const int Weights = 3;

    /// <summary>A download failed, or what came is refused.</summary>
    public const int Download = 4;

    /// <summary>Interrupted (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}
