using System.Globalization;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Commands;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints the answers to a query.</summary>
internal static class FindWriter
{
    /// <summary>Regions that a line of text names.</summary>
    private const int RegionsInText = 3;

    /// <summary>Prints them.</summary>
    /// <param name="format">Text, JSON, JSON Lines, CSV or paths.</param>
    /// <param name="output">Where.</param>
    /// <param name="pictures">The answers, best first.</param>
    /// <param name="pathEnd">What follows each path, a line's end or a zero byte.</param>
    public static void Write(OutputFormat format, TextWriter output, IReadOnlyList<FoundPicture> pictures, string pathEnd)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine(JsonText.Serialize(pictures.Select(Describe)));
                break;
            case OutputFormat.Jsonl:
                foreach (var picture in pictures)
                {
                    output.WriteLine(JsonText.SerializeLine(Describe(picture)));
                }

                break;
            case OutputFormat.Csv:
                WriteCsv(output, pictures);
                break;
            case OutputFormat.Paths:
                foreach (var picture in pictures)
                {
                    output.Write(picture.Path + pathEnd);
                }

                break;
            default:
                WriteTable(output, pictures);
                break;
        }
    }

    /// <summary>"school bus (center, 34.2 %, 0.91)".</summary>
    public static string InWords(FoundRegion region) => string.Create(
        CultureInfo.InvariantCulture,
        $"{region.Label.Name} ({region.Position}, {100 * region.Share:F1} %, {region.Confidence:F2})");

    /// <summary>The picture as docs/output.md describes it.</summary>
    private static object Describe(FoundPicture picture) => new
    {
        Schema = Schemas.Find,
        File = picture.Path,
        picture.Width,
        picture.Height,
        picture.Score,
        Best = new { picture.Best.Index, Wnid = picture.Best.WordNetId, picture.Best.Name },
        Regions = picture.Regions.Select(r => new
        {
            r.Label.Index,
            Wnid = r.Label.WordNetId,
            r.Label.Name,
            r.Confidence,
            r.Share,
            Box = new { r.Box.X, r.Box.Y, r.Box.Width, r.Box.Height },
            Mean = new { r.X, r.Y },
            Position = r.Position.ToString(),
        }),
    };

    private static void WriteCsv(TextWriter output, IReadOnlyList<FoundPicture> pictures)
    {
        output.WriteLine("file,score,index,wnid,name,confidence,share,x,y,width,height,position");
        foreach (var picture in pictures)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{CsvText.Field(picture.Path)},{picture.Score:R},");
            foreach (var r in picture.Regions)
            {
                output.WriteLine(file + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{r.Label.Index},{r.Label.WordNetId},{CsvText.Field(r.Label.Name)},{r.Confidence:R},{r.Share:R},{r.Box.X},{r.Box.Y},{r.Box.Width},{r.Box.Height},{r.Position}"));
            }

            if (picture.Regions.Count == 0)
            {
                output.WriteLine($"{file},,,,,,,,,");
            }
        }
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<FoundPicture> pictures)
    {
        var table = TextTable.Create("score", "file", "regions");
        foreach (var picture in pictures)
        {
            var more = picture.Regions.Count > RegionsInText ? $", {picture.Regions.Count - RegionsInText} more" : string.Empty;
            table.AddRow(
                new Text(picture.Score.ToString("F4", CultureInfo.InvariantCulture)),
                new Text(picture.Path),
                new Text(string.Join(", ", picture.Regions.Take(RegionsInText).Select(InWords)) + more));
        }

        TextTable.Print(output, table);
    }
}
