namespace Gpu.Loader.Labels;

/// <summary>A name that means no class, or several. The message is one sentence with those that may be meant.</summary>
/// <param name="message">The sentence.</param>
public sealed class ClassNameException(string message) : Exception(message);
