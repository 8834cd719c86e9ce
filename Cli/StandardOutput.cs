using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Gpu.Cli;

/// <summary>The process's standard output.</summary>
internal static class StandardOutput
{
    private const int Handle = 1;
    private const int BrokenPipe = 32; // EPIPE of Linux and macOS.

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
            return new StreamWriter(new AnonymousPipeClientStream(PipeDirection.Out, new SafePipeHandle(Handle, ownsHandle: false))) { AutoFlush = true };
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            // A file, or another thing that is no pipe.
            return Console.Out;
        }
    }

    /// <summary>Whether a failure is that the reader has left.</summary>
    public static bool IsLeft(IOException exception) => exception.HResult == BrokenPipe;
}
