using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gpu.Cli.Commands;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>A column of a table that is printed in several formats.</summary>
/// <param name="Name">Its name in JSON and CSV, in snake case.</param>
/// <param name="Value">A row's value there.</param>
/// <param name="Text">The same for people; null for the value as it is.</param>
/// <param name="Heading">Its heading for people; null for the name.</param>
internal sealed record Column<T>(string Name, Func<T, object?> Value, Func<T, string>? Text = null, string? Heading = null)
{
    /// <summary>What stands above it for people.</summary>
    public string Title => Heading ?? Name;

    /// <summary>A row's cell for people.</summary>
    public string Cell(T row) => Text is null ? Convert.ToString(Value(row), CultureInfo.InvariantCulture) ?? string.Empty : Text(row);
}

/// <summary>Prints rows as a table, JSON, CSV or Markdown.</summary>
/// <param name="columns">The columns of all formats.</param>
internal sealed class RowWriter<T>(params Column<T>[] columns)
{
    /// <summary>Prints all rows.</summary>
    /// <param name="format">How.</param>
    /// <param name="output">Where to.</param>
    /// <param name="schema">First property of each JSON object.</param>
    /// <param name="rows">The rows.</param>
    public void Write(OutputFormat format, TextWriter output, string schema, IReadOnlyList<T> rows)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine(JsonText.Serialize(rows.Select(r => ToJson(schema, r))));
                break;
            case OutputFormat.Csv:
                output.WriteLine(string.Join(',', columns.Select(c => c.Name)));
                foreach (var row in rows)
                {
                    output.WriteLine(string.Join(',', columns.Select(c => CsvText.Field(Convert.ToString(c.Value(row), CultureInfo.InvariantCulture)))));
                }

                break;
            case OutputFormat.Markdown:
                output.WriteLine($"| {string.Join(" | ", columns.Select(c => c.Title))} |");
                output.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
                foreach (var row in rows)
                {
                    output.WriteLine($"| {string.Join(" | ", columns.Select(c => MarkdownText.Cell(c.Cell(row))))} |");
                }

                break;
            default:
                var table = TextTable.Create([.. columns.Select(c => c.Title)]);
                foreach (var row in rows)
                {
                    table.AddRow(columns.Select(c => new Text(c.Cell(row))));
                }

                TextTable.Print(output, table);
                break;
        }
    }

    private JsonObject ToJson(string schema, T row)
    {
        var json = new JsonObject { ["schema"] = schema };
        foreach (var column in columns)
        {
            // JSON has no word for what is not a number.
            json[column.Name] = column.Value(row) is double and not (> double.NegativeInfinity and < double.PositiveInfinity)
                ? null
                : JsonSerializer.SerializeToNode(column.Value(row));
        }

        return json;
    }
}
