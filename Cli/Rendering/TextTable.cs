using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Plain, borderless tables that read well on a terminal and in a pipe.</summary>
internal static class TextTable
{
    /// <summary>Width of lines where the writer is no terminal and has none of its own.</summary>
    private const int PipeWidth = 160;

    /// <summary>A table with these headings, the first column flush left.</summary>
    public static Table Create(params ReadOnlySpan<string> headings)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading, new Style(decoration: Decoration.Dim))).PadLeft(0).PadRight(2));
        }

        return table;
    }

    /// <summary>Prints without trailing blanks; with colours if the writer is the console's own and it is a terminal.</summary>
    public static void Print(TextWriter output, Table table)
    {
        var terminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        if (terminal)
        {
            AnsiConsole.Write(table);
            return;
        }

        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = PipeWidth;
        console.Write(table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            output.WriteLine(line.TrimEnd());
        }
    }
}
