using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Gpu.Cli.Rendering;
using Gpu.Cli.Rendering.Report;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Rendering.Report;

/// <summary>A page as a parser sees it: what it holds, that names stay text, and that it needs nothing from elsewhere.</summary>
internal sealed class ReportPageTests
{
    [Test]
    public void The_data_of_each_picture_and_of_the_run_stand_in_the_page()
    {
        var (page, picture) = Parse("flower.jpg");
        var scripts = page.QuerySelectorAll("script.picture").Select(s => JsonDocument.Parse(s.TextContent).RootElement).ToList();
        var map = scripts[0].GetProperty("map");
        var run = JsonDocument.Parse(page.GetElementById("run")!.TextContent).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(page.Title, Is.EqualTo("A title of flower.jpg"));
            Assert.That(page.DocumentElement.GetAttribute("lang"), Is.EqualTo("en"));
            Assert.That(page.QuerySelectorAll("main, header.page, nav, footer, h1"), Has.Length.EqualTo(5));
            Assert.That(scripts, Has.Count.EqualTo(2));
            Assert.That(scripts[0].GetProperty("name").GetString(), Is.EqualTo("flower.jpg"));
            Assert.That((map.GetProperty("rows").GetInt32(), map.GetProperty("columns").GetInt32()), Is.EqualTo((18, 26)));
            Assert.That(map.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), Is.EqualTo(picture.Map!.Ids));
            Assert.That(map.GetProperty("confidence").EnumerateArray().Select(c => c.GetDouble()), Has.All.InRange(0.0, 1.0).And.Exactly(18 * 26).Items);
            Assert.That(scripts[0].GetProperty("predictions").GetArrayLength(), Is.EqualTo(5));
            Assert.That(scripts[1].GetProperty("map").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(scripts[1].GetProperty("note").GetString(), Is.EqualTo("Too small for a map."));
            Assert.That(run.GetProperty("failures")[0].GetString(), Is.EqualTo("flower.jpg is no picture."));
        });
    }

    [Test]
    public void Classes_have_the_colours_of_the_pictures()
    {
        var (_, picture) = Parse("flower.jpg");
        var colours = ClassColours.For(picture.Map!.Classes.Count).Select(c => $"#{c.Red:x2}{c.Green:x2}{c.Blue:x2}");
        Assert.That(picture.Map.Classes.Select(c => c.Colour), Is.EqualTo(colours));
        Assert.That(picture.Map.Classes, Has.Count.GreaterThan(1));
        Assert.That(picture.Map.Classes.Sum(c => c.Share), Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void Hostile_names_stay_text()
    {
        var (page, _) = Parse(SampleReport.HostileName, SampleReport.HostileName);
        var data = JsonDocument.Parse(page.QuerySelector("script.picture")!.TextContent).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(page.QuerySelectorAll("script"), Has.Length.EqualTo(4), "two pictures, the run and the page's own");
            Assert.That(page.QuerySelectorAll("[onerror]"), Is.Empty);
            Assert.That(page.Title, Is.EqualTo($"A title of {SampleReport.HostileName}"));
            Assert.That(data.GetProperty("file").GetString(), Is.EqualTo(SampleReport.HostileName));
            Assert.That(data.GetProperty("predictions")[0].GetProperty("name").GetString(), Is.EqualTo(SampleReport.HostileName));
        });
    }

    [Test]
    public void Its_policy_allows_its_own_style_and_script_and_nothing_from_elsewhere()
    {
        var (page, _) = Parse("flower.jpg");
        var policy = page.QuerySelector("meta[http-equiv='Content-Security-Policy']")!.GetAttribute("content")!;
        var style = page.QuerySelector("style")!.TextContent;
        var script = page.QuerySelectorAll("script").Single(s => !s.HasAttribute("type")).TextContent;
        var addresses = page.All.SelectMany(e => e.Attributes).Where(a => a.Name is "src" or "href" or "action" or "data").Select(a => a.Value);
        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.StartWith("default-src 'none'; img-src data:;").And.Not.Contain("unsafe"));
            Assert.That(policy, Does.Contain($"style-src 'sha256-{Hash(style)}'").And.Contain($"script-src 'sha256-{Hash(script)}'"));
            Assert.That(addresses, Is.Not.Empty.And.All.Matches<string>(a => a!.StartsWith('#') || a.StartsWith("data:", StringComparison.Ordinal)));
            Assert.That(style + script, Does.Not.Contain("http").And.Not.Contain("url(").And.Not.Contain("@import").And.Not.Contain("fetch("));
        });
    }

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static (IHtmlDocument Page, ReportPicture Picture) Parse(string fileName, string? className = null)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "report.html");
        var picture = SampleReport.Write(path, fileName, className);
        return (new HtmlParser().ParseDocument(File.ReadAllText(path)), picture);
    }
}
