using System.Reflection;

namespace Gpu.Cli;

/// <summary>Which build of the program this is.</summary>
internal static class ProgramVersion
{
    /// <summary>Version and, of a build from a clone, the commit behind a <c>+</c>.</summary>
    public static string Full { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;

    /// <summary>Version alone.</summary>
    public static string Number => Full.Split('+')[0];

    /// <summary>Commit that was built, or null if it is not known.</summary>
    public static string? Commit => Full.Split('+') is [_, var commit] ? commit : null;
}
