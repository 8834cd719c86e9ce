using System.CommandLine;

namespace Gpu.Cli.Help;

/// <summary>The pages of all commands as one Markdown document, docs/cli.md.</summary>
internal static class CommandReference
{
    public static void Write(TextWriter output, RootCommand root)
    {
        var page = new CommandPage(root);
        output.WriteLine($"# The command line of `{page.Name}`");
        output.WriteLine();
        output.WriteLine("Written from the commands themselves; `--help` shows the same.");
        WriteBody(output, page);
        WriteEntries(output, "Options of all commands", page.GlobalOptions);
        foreach (var note in page.Notes)
        {
            output.WriteLine();
            output.WriteLine(Prose(note));
        }

        foreach (var command in page.AllCommands)
        {
            output.WriteLine();
            output.WriteLine($"## {command.Name}");
            WriteBody(output, command);
        }
    }

    private static void WriteBody(TextWriter output, CommandPage page)
    {
        foreach (var paragraph in page.Description)
        {
            output.WriteLine();
            output.WriteLine(Prose(paragraph));
        }

        WriteBlock(output, [page.Usage]);
        WriteEntries(output, "Commands", [.. page.Commands.Select(c => new HelpEntry(c.Name, c.Summary))]);
        WriteEntries(output, "Arguments", page.Arguments);
        WriteEntries(output, "Options", page.Options);
        if (page.Examples.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            WriteBlock(output, page.Examples);
        }
    }

    private static void WriteBlock(TextWriter output, IReadOnlyList<string> lines)
    {
        output.WriteLine("```");
        foreach (var line in lines)
        {
            output.WriteLine(line);
        }

        output.WriteLine("```");
    }

    private static void WriteEntries(TextWriter output, string heading, IReadOnlyList<HelpEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{heading}:");
        output.WriteLine();
        foreach (var entry in entries)
        {
            output.WriteLine($"- `{entry.Term}`: {Prose(entry.Description)}");
        }
    }

    /// <summary>Text in which nothing begins emphasis or a tag.</summary>
    private static string Prose(string text) =>
        text.Replace("<", "\\<", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
}
