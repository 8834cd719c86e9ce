using System.CommandLine;

namespace Gpu.Cli.Help;

/// <summary>The pages of all commands as a manual page, docs/vgg.1, in the macros of man(7).</summary>
internal static class ManualPage
{
    public static void Write(TextWriter output, RootCommand root)
    {
        var page = new CommandPage(root);
        output.WriteLine($".TH {page.Name.ToUpperInvariant()} 1");
        output.WriteLine(".SH NAME");
        output.WriteLine($"{page.Name} \\- {Text(page.Summary.TrimEnd('.'))}");
        output.WriteLine(".SH SYNOPSIS");
        output.WriteLine($".B {Text(page.Usage)}");
        output.WriteLine(".SH DESCRIPTION");
        WriteParagraphs(output, [.. page.Description, .. page.Notes]);
        output.WriteLine(".SH OPTIONS");
        WriteEntries(output, [.. page.Options, .. page.GlobalOptions]);
        output.WriteLine(".SH COMMANDS");
        foreach (var command in page.AllCommands)
        {
            output.WriteLine($".SS {Text(command.Usage)}");
            WriteParagraphs(output, command.Description);
            WriteEntries(output, [.. command.Arguments, .. command.Options]);
            if (command.Examples.Count > 0)
            {
                output.WriteLine(".PP");
                WriteExamples(output, command.Examples);
            }
        }

        output.WriteLine(".SH EXAMPLES");
        WriteExamples(output, page.Examples);
    }

    private static void WriteParagraphs(TextWriter output, IReadOnlyList<string> paragraphs)
    {
        foreach (var (index, paragraph) in paragraphs.Index())
        {
            if (index > 0)
            {
                output.WriteLine(".PP");
            }

            WriteText(output, paragraph);
        }
    }

    private static void WriteEntries(TextWriter output, IEnumerable<HelpEntry> entries)
    {
        foreach (var entry in entries)
        {
            output.WriteLine(".TP");
            output.WriteLine($".B {Text(entry.Term)}");
            WriteText(output, entry.Description);
        }
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<string> examples)
    {
        output.WriteLine(".EX");
        foreach (var example in examples)
        {
            output.WriteLine(Text(example));
        }

        output.WriteLine(".EE");
    }

    /// <summary>Prose, a sentence a line as the formatter wants it.</summary>
    private static void WriteText(TextWriter output, string text)
    {
        output.WriteLine(string.Join('\n', text.Replace(". ", ".\n", StringComparison.Ordinal).Split('\n').Select(Text)));
    }

    /// <summary>Text in which nothing is a request or an escape, with dashes and quotes that can be copied to a shell.</summary>
    private static string Text(string text)
    {
        var escaped = text
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal);
        return escaped.StartsWith('.') ? $"\\&{escaped}" : escaped;
    }
}
