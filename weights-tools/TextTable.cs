using Spectre.Console;

namespace Gpu.WeightsTools;

/// <summary>Tables of plain text: no borders, no colours, no line longer for the terminal's sake.</summary>
internal static class TextTable
{
    private const int Width = 1000;

    /// <summary>Prints rows under headings.</summary>
    public static void Write(TextWriter output, IEnumerable<string> headings, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading)).PadLeft(0).PadRight(2).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(Printable(cell))));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        console.Write(table);
    }

    /// <summary>A name may hold anything, and a terminal obeys control characters.</summary>
    private static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
