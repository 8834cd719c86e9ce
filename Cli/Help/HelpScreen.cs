using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Gpu.Cli.Help;

/// <summary>A command's page on a terminal.</summary>
internal sealed class HelpScreen : SynchronousCommandLineAction
{
    /// <summary>Characters of a line, at most.</summary>
    private const int MaximumWidth = 100;

    /// <summary>Characters of an entry's term beyond which its description begins on the next line.</summary>
    private const int MaximumTerm = 26;

    private const string Indent = "  ";

    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    /// <summary>Makes it, in place of the parser's own, the answer to <c>--help</c> and <c>-h</c> of all commands.</summary>
    public static void Install(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        root.Options.Remove(option);
        root.Options.OfType<VersionOption>().Single().Description = "Show version and commit.";
        root.Add(new HelpOption("--help", "-h") { Description = "Show this page.", Action = new HelpScreen() });
    }

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.InvocationConfiguration.Output, new CommandPage(parseResult.CommandResult.Command));
        return ExitCode.Success;
    }

    private static void Write(TextWriter output, CommandPage page)
    {
        foreach (var paragraph in page.Description)
        {
            WriteWrapped(output, paragraph, string.Empty, string.Empty);
        }

        output.WriteLine();
        WriteWrapped(output, page.Usage, "Usage: ", Indent);
        WriteEntries(output, "Commands", [.. page.Commands.Select(c => new HelpEntry(c.Name.Split(' ')[^1], c.Summary))]);
        WriteEntries(output, "Arguments", page.Arguments);
        WriteEntries(output, "Options", page.Options);
        if (page.IsRoot)
        {
            WriteEntries(output, "Options of all commands", page.GlobalOptions);
        }
        else
        {
            output.WriteLine();
            WriteWrapped(output, string.Join("; ", page.GlobalOptions.Select(o => o.Term)), "Options of all commands: ", Indent);
        }

        if (page.Examples.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (var example in page.Examples)
            {
                output.WriteLine(Indent + example);
            }
        }

        foreach (var note in page.Notes)
        {
            output.WriteLine();
            WriteWrapped(output, note, string.Empty, string.Empty);
        }
    }

    private static void WriteEntries(TextWriter output, string heading, IReadOnlyList<HelpEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{heading}:");
        var width = Math.Min(MaximumTerm, entries.Max(e => e.Term.Length));
        var column = new string(' ', Indent.Length + width + Indent.Length);
        foreach (var entry in entries)
        {
            var term = Indent + entry.Term.PadRight(width + Indent.Length);
            if (entry.Term.Length > width)
            {
                output.WriteLine(term.TrimEnd());
                term = column;
            }

            WriteWrapped(output, entry.Description, term, column);
        }
    }

    /// <summary>Writes a text in lines, breaking between words.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">The text.</param>
    /// <param name="first">What begins the first line.</param>
    /// <param name="next">What begins the others.</param>
    private static void WriteWrapped(TextWriter output, string text, string first, string next)
    {
        var line = first;
        var isEmpty = true;
        foreach (var word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > MaximumWidth)
            {
                output.WriteLine(line);
                (line, isEmpty) = (next, true);
            }

            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }

        output.WriteLine(line.TrimEnd());
    }
}
