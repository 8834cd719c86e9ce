namespace Gpu.Cli.Catalogue;

/// <summary>A picture database that cannot be used. The message is one sentence: the file, what is wrong and the remedy.</summary>
/// <param name="file">Path of the database.</param>
/// <param name="problem">The rest of the sentence, from its verb, without the full stop.</param>
/// <param name="innerException">What SQLite reported, or null.</param>
internal sealed class DatabaseException(string file, string problem, Exception? innerException = null)
    : Exception($"{file} {problem}.", innerException);
