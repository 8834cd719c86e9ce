using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints labelled pictures one by one.</summary>
/// <param name="format">Text, JSON or JSON Lines.</param>
/// <param name="output">Receives them.</param>
/// <param name="isAlone">Whether there is one picture only, which as JSON is no array.</param>
/// <param name="drawsCells">Whether the text shows the map itself where it fits, a number a cell.</param>
/// <param name="network">The network's name.</param>
/// <param name="device">What ran it.</param>
internal sealed class LabelMapWriter(OutputFormat format, TextWriter output, bool isAlone, bool drawsCells, string network, DeviceInfo device)
{
    /// <summary>Widest map that is printed as text, in cells of three characters.</summary>
    private const int MaximumTextColumns = 50;

    private const string Unshown = ".";

    private readonly JsonSequence sequence = new(output, format == OutputFormat.Jsonl);
    private bool started;

    /// <summary>Prints one labelled picture.</summary>
    /// <param name="item">The picture and its map.</param>
    /// <param name="shown">The classes to tell of.</param>
    public void Write(LabelledImage item, ClassSelection shown)
    {
        if (format == OutputFormat.Text)
        {
            WriteText(item, shown);
        }
        else if (format == OutputFormat.Json && isAlone)
        {
            output.WriteLine(JsonText.Serialize(Describe(item, shown)));
        }
        else
        {
            sequence.Write(Describe(item, shown));
        }
    }

    /// <summary>Prints what ends the document.</summary>
    public void End()
    {
        if (format == OutputFormat.Json && !isAlone)
        {
            sequence.End();
        }
    }

    private static Text Number(FormattableString text) => new(text.ToString(CultureInfo.InvariantCulture));

    private void WriteText(LabelledImage item, ClassSelection shown)
    {
        if (started)
        {
            output.WriteLine();
        }

        started = true;
        var map = item.Map!;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{item.Path}  {map.ImageWidth}x{map.ImageHeight}  {network} on {device.Id}  {item.Elapsed.TotalMilliseconds:F0} ms  "
            + $"{map.Cells.Rows} rows x {map.Cells.Columns} columns of {map.Stride} pixels"));
        var confidence = shown.Cells.Ids.Zip(map.Confidence).Where(c => c.First >= 0).ToLookup(c => c.First, c => (double)c.Second);
        var table = TextTable.Create("id", "class", "cells", "share", "confidence");
        foreach (var present in shown.Classes)
        {
            table.AddRow(
                Number($"{present.Id}"),
                new Text(present.Label.Name),
                Number($"{present.Count}"),
                Number($"{100 * present.Share:F1} %"),
                Number($"{confidence[present.Id].Average():F2}"));
        }

        TextTable.Print(output, table);
        if (drawsCells && map.Cells.Columns <= MaximumTextColumns)
        {
            DrawCells(shown.Cells);
        }
    }

    /// <summary>The map itself, a number a cell.</summary>
    private void DrawCells(CellMap cells)
    {
        output.WriteLine();
        foreach (var row in cells.Ids.Chunk(cells.Columns))
        {
            output.WriteLine(string.Concat(row.Select(id => $"{(id == CellMap.Unpainted ? Unshown : $"{id}"),3}")));
        }
    }

    private object Describe(LabelledImage item, ClassSelection shown) => new
    {
        Schema = Schemas.Label,
        File = item.Path,
        Width = item.Map!.ImageWidth,
        Height = item.Map.ImageHeight,
        Device = device.Id,
        Network = network,
        item.Map.Cells.Rows,
        item.Map.Cells.Columns,
        item.Map.Stride,
        item.Map.Offset,
        Classes = shown.Classes.Select(c => new
        {
            c.Id,
            c.Label.Index,
            Wnid = c.Label.WordNetId,
            c.Label.Name,
            Cells = c.Count,
            c.Share,
        }),
        Map = item.Map.Cells.Indices.Chunk(item.Map.Cells.Columns),
        Confidence = item.Map.Confidence.Chunk(item.Map.Cells.Columns),
    };
}
