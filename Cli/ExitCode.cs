namespace Gpu.Cli;

/// <summary>Exit codes of <c>vgg</c>, as its help and the README list them.</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Success = 0;

    /// <summary>Some inputs failed; the others are done.</summary>
    public const int InputsFailed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The weights, labels, kernels or picture database are missing, damaged or of another network or version.</summary>
    public const int Weights = 3;

    /// <summary>The device is absent, out of memory or failed.</summary>
    public const int Device = 4;

    /// <summary>A result could not be written.</summary>
    public const int Output = 5;

    /// <summary>Interrupted (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}
