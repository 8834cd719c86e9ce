using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints the labels of one picture.</summary>
internal static class LabelMapWriter
{
    /// <summary>Widest map that is printed as text, in cells of three characters.</summary>
    private const int MaximumTextColumns = 50;

    /// <summary>Prints legend and, where it is asked for and fits, the map.</summary>
    public static void Write(OutputFormat format, TextWriter output, LabelMap map, LabelRun run, bool drawCells)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(Json(map, run));
        }
        else
        {
            Text(output, map, run);
            if (drawCells && map.Cells.Columns <= MaximumTextColumns)
            {
                DrawCells(output, map.Cells);
            }
        }
    }

    private static void Text(TextWriter output, LabelMap map, LabelRun run)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.File}  {map.ImageWidth}x{map.ImageHeight}  {run.Network} on {run.Device.Id}  {run.Elapsed.TotalMilliseconds:F0} ms  "
            + $"{map.Cells.Rows} rows x {map.Cells.Columns} columns of {map.Stride} pixels"));
        var confidence = new double[map.Cells.Classes.Count];
        for (var i = 0; i < map.Confidence.Count; i++)
        {
            confidence[map.Cells.Ids[i]] += map.Confidence[i];
        }

        var table = TextTable.Create("id", "class", "cells", "share", "confidence");
        foreach (var present in map.Cells.Classes)
        {
            table.AddRow(
                new Text($"{present.Id}"),
                new Text(present.Label.Name),
                new Text($"{present.Count}"),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{100 * present.Share:F1} %")),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{confidence[present.Id] / present.Count:F2}")));
        }

        TextTable.Print(output, table);
    }

    /// <summary>The map itself, a number a cell.</summary>
    private static void DrawCells(TextWriter output, ClassMap cells)
    {
        output.WriteLine();
        for (var row = 0; row < cells.Rows; row++)
        {
            output.WriteLine(string.Concat(Enumerable.Range(0, cells.Columns).Select(column => $"{cells.Ids[(row * cells.Columns) + column],3}")));
        }
    }

    private static string Json(LabelMap map, LabelRun run) => JsonText.Serialize(new
    {
        Schema = Schemas.Label,
        run.File,
        Width = map.ImageWidth,
        Height = map.ImageHeight,
        Device = run.Device.Id,
        run.Network,
        map.Cells.Rows,
        map.Cells.Columns,
        map.Stride,
        map.Offset,
        Classes = map.Cells.Classes.Select(c => new
        {
            c.Id,
            c.Label.Index,
            Wnid = c.Label.WordNetId,
            c.Label.Name,
            Cells = c.Count,
            c.Share,
        }),
        Map = map.Cells.Indices.Chunk(map.Cells.Columns),
        Confidence = map.Confidence.Chunk(map.Cells.Columns),
    });
}

/// <summary>What produced a map.</summary>
internal sealed record LabelRun(string File, string Network, DeviceInfo Device, TimeSpan Elapsed);
