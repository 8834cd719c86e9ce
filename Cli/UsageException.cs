namespace Gpu.Cli;

/// <summary>Options that each parse but do not go together; the message says which.</summary>
internal sealed class UsageException(string message) : Exception(message);
