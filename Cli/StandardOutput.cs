using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Gpu.Cli;

/// <summary>The process's standard output.</summary>
internal static class StandardOutput
{
    private const int Handle = 1;

    private static PipeStream? pipe;

    /// <summary>Whether it is a pipe whose reader was found to have left.</summary>
    public static bool IsLeft => pipe is { IsConnected: false };

    /// <summary>
    /// Opens it. Of a pipe whose reader has left, as <c>head</c> does when it has enough, writing to the console's own writer says
    /// nothing, so that the work would go on for nobody; here it fails.
    /// </summary>
    public static TextWriter Open()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.Out;
        }

        try
        {
            pipe = new AnonymousPipeClientStream(PipeDirection.Out, new SafePipeHandle(Handle, ownsHandle: false));
            return new StreamWriter(pipe) { AutoFlush = true };
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            // A file, or another thing that is no pipe.
            return Console.Out;
        }
    }
}
