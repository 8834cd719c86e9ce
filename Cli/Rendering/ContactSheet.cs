using System.Globalization;
using System.Net;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Rendering.Report;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// The answers to a query as one page that needs nothing else: small pictures with the boxes of the regions asked for. It has no script,
/// and shows light or dark as the reader's system does.
/// </summary>
internal static class ContactSheet
{
    /// <summary>Longer side of a picture on the sheet, twice the width of its place for sharp screens.</summary>
    private const int ThumbnailSide = 480;

    private const string Style = """
        :root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
        body { margin: 1.5rem; background: Canvas; color: CanvasText; }
        h1 { font-size: 1.3rem; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1.2rem; align-items: start; }
        figure { margin: 0; padding: .6rem; border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); border-radius: .5rem; }
        .picture { position: relative; }
        .picture img { display: block; width: 100%; height: auto; }
        .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
        rect { fill: none; stroke-width: 3; vector-effect: non-scaling-stroke; }
        rect.edge { stroke: #000; stroke-width: 5; }
        figcaption { margin-top: .5rem; overflow-wrap: anywhere; }
        a { color: LinkText; }
        ul { margin: .3rem 0 0; padding: 0; list-style: none; }
        .key { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border: 1px solid CanvasText; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="path">Where it shall appear.</param>
    /// <param name="query">The query, as it was written.</param>
    /// <param name="pictures">The answers, best first.</param>
    /// <param name="readOptions">How the pictures are decoded.</param>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(string path, string query, IReadOnlyList<FoundPicture> pictures, ImageReadOptions readOptions) => OutputFile.Write(path, stream =>
    {
        using var page = new StreamWriter(stream, leaveOpen: true);
        var classes = pictures.SelectMany(p => p.Regions).Select(r => r.Label.Index).Distinct().Order().ToList();
        var colours = classes.Zip(ClassColours.For(classes.Count)).ToDictionary(c => c.First, c => c.Second);
        var title = WebUtility.HtmlEncode(query);
        page.Write($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <h1>{title}</h1>
            <p>{(pictures.Count == 1 ? "1 picture" : $"{pictures.Count} pictures")}, best first</p>
            <main>

            """);
        foreach (var picture in pictures)
        {
            WriteFigure(page, picture, colours, readOptions);
        }

        page.WriteLine("</main>\n</body>\n</html>");
    });

    private static void WriteFigure(TextWriter page, FoundPicture picture, Dictionary<int, SKColor> colours, ImageReadOptions readOptions)
    {
        page.WriteLine("<figure>");
        try
        {
            var address = PictureUri.Photograph(ImageFile.Read(picture.Path, readOptions), ThumbnailSide);
            page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                <div class="picture">
                <img loading="lazy" width="{picture.Width}" height="{picture.Height}" alt="{WebUtility.HtmlEncode(picture.Best.Name)}" src="{address}">
                <svg viewBox="0 0 {picture.Width} {picture.Height}" preserveAspectRatio="none" aria-hidden="true">{string.Concat(picture.Regions.Select(r => Box(r, colours)))}</svg>
                </div>
                """));
        }
        catch (ImageException exception)
        {
            page.WriteLine($"<p>{WebUtility.HtmlEncode(exception.Message)}</p>");
        }

        page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            <figcaption><a href="{WebUtility.HtmlEncode(Address(picture.Path))}">{WebUtility.HtmlEncode(Path.GetFileName(picture.Path))}</a> {picture.Score:F4}
            <ul>
            """));
        foreach (var region in picture.Regions)
        {
            page.WriteLine($"<li><span class=\"key\" style=\"background:{Css(colours[region.Label.Index])}\"></span>{WebUtility.HtmlEncode(FindWriter.InWords(region))}</li>");
        }

        page.WriteLine("</ul></figcaption>\n</figure>");
    }

    /// <summary>The box of a region with a dark edge, so that it shows on every picture.</summary>
    private static string Box(FoundRegion region, Dictionary<int, SKColor> colours)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"x=\"{region.Box.X}\" y=\"{region.Box.Y}\" width=\"{region.Box.Width}\" height=\"{region.Box.Height}\"");
        return $"<rect class=\"edge\" {place}/><rect stroke=\"{Css(colours[region.Label.Index])}\" {place}/>";
    }

    private static string Css(SKColor colour) => $"#{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}";

    /// <summary>The file's address; names may hold what addresses must not.</summary>
    private static string Address(string path) =>
        $"file://{(Path.IsPathRooted(path) && path.StartsWith('/') ? "" : "/")}{string.Join('/', path.Split('/', Path.DirectorySeparatorChar).Select(Uri.EscapeDataString))}";
}
