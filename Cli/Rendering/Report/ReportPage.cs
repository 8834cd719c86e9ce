using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Gpu.Cli.Rendering.Report;

/// <summary>
/// A page of pictures that needs nothing beside itself: style, script, pictures and data stand in it, and its content security policy
/// allows nothing else. Pictures are written one by one, as JSON that the script draws; it sets names as text, never as markup.
/// </summary>
internal sealed partial class ReportPage
{
    private static readonly string[] Template = Resource("report.html").Split("{{pictures}}");
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("report.js");

    private readonly TextWriter output;

    /// <summary>Writes the page's beginning.</summary>
    /// <param name="output">Receives the page.</param>
    /// <param name="title">The page's title.</param>
    /// <param name="generator">The program and its version.</param>
    public ReportPage(TextWriter output, string title, string generator)
    {
        this.output = output;
        output.Write(Fill(Template[0], new()
        {
            ["title"] = WebUtility.HtmlEncode(title),
            ["generator"] = WebUtility.HtmlEncode(generator),
            ["style"] = Style,
            ["styleHash"] = Hash(Style),
            ["scriptHash"] = Hash(Script),
        }));
    }

    /// <summary>Adds a picture.</summary>
    public void Add(ReportPicture picture) =>
        output.WriteLine($"""<script type="application/json" class="picture">{Serialize(picture)}</script>""");

    /// <summary>Writes the page's end.</summary>
    public void End(ReportRun run) => output.Write(Fill(Template[1], new() { ["run"] = Serialize(run), ["script"] = Script }));

    /// <summary>Puts values in their places, and looks for none within them.</summary>
    private static string Fill(string template, Dictionary<string, string> values) =>
        Place().Replace(template, place => values[place.Groups[1].Value]);

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Place();

    /// <summary>Nothing in a script element can end it, nor begin a comment, where there is no '&lt;'; in JSON it stands in strings only.</summary>
    private static string Serialize<T>(T value) =>
        JsonText.SerializeLine(value).Replace("<", "\\u003c", StringComparison.Ordinal);

    /// <summary>As a content security policy names an inline element that may be used.</summary>
    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    /// <summary>A part of the page. Browsers hash lines that end as theirs do.</summary>
    private static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"Gpu.Cli.Rendering.Report.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
