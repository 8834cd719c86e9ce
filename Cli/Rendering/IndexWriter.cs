using System.Globalization;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Commands;

namespace Gpu.Cli.Rendering;

/// <summary>Prints what indexing has done.</summary>
internal static class IndexWriter
{
    /// <summary>Prints a summary.</summary>
    /// <param name="format">Text or JSON.</param>
    /// <param name="output">Where.</param>
    /// <param name="database">Path of the database.</param>
    /// <param name="pictures">Files in it that show a picture.</param>
    /// <param name="counts">Files of this run by <see cref="IndexOutcome"/>.</param>
    /// <param name="forgotten">Files removed from it.</param>
    public static void Write(OutputFormat format, TextWriter output, string database, int pictures, IReadOnlyList<int> counts, int forgotten)
    {
        var (indexed, copied, unchanged, failed) =
            (counts[(int)IndexOutcome.Indexed], counts[(int)IndexOutcome.Copied], counts[(int)IndexOutcome.Unchanged], counts[(int)IndexOutcome.Failed]);
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonText.Serialize(new
            {
                Schema = Schemas.Index,
                Database = database,
                Pictures = pictures,
                Indexed = indexed,
                Copied = copied,
                Unchanged = unchanged,
                Failed = failed,
                Forgotten = forgotten,
            }));
            return;
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{database} has {pictures} pictures: {indexed} indexed now, {copied} copied or moved, {unchanged} unchanged, {failed} failed, {forgotten} forgotten."));
    }
}
