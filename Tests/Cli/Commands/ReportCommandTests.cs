using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class ReportCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Pictures_are_described_in_their_order_and_a_broken_one_is_left_out()
    {
        var folder = TestFiles.OutputFolder();
        var (html, broken) = (Path.Combine(folder, "report.html"), Path.Combine(folder, "broken.jpg"));
        await File.WriteAllTextAsync(broken, "this is no picture");
        var (code, output, error) = await Run(
            ["report", TestFiles.Sample("sunflower.jpg"), broken, TestFiles.Sample("airplane.jpg"), "--html", html, "--top", "3", .. Bundled]);
        var page = new HtmlParser().ParseDocument(await File.ReadAllTextAsync(html));
        var pictures = page.QuerySelectorAll("script.picture").Select(s => JsonDocument.Parse(s.TextContent).RootElement).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(output, Is.Empty);
            Assert.That(error, Does.Contain("broken.jpg").And.Contain("1 of 3 pictures failed.").And.Contain("report.html"));
            Assert.That(pictures.Select(p => p.GetProperty("name").GetString()), Is.EqualTo(new[] { "sunflower.jpg", "airplane.jpg" }));
            Assert.That(pictures[0].GetProperty("predictions")[0].GetProperty("name").GetString(), Is.EqualTo("sunflower"));
            Assert.That(pictures[0].GetProperty("predictions").GetArrayLength(), Is.EqualTo(3));
            Assert.That(pictures[0].GetProperty("map").GetProperty("offset").GetInt32(), Is.EqualTo(96));
            Assert.That(page.GetElementById("run")!.TextContent, Does.Contain("broken.jpg"));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(2), "no temporary file is left");
        });
    }

    [Test]
    public async Task A_picture_too_small_for_valid_padding_has_the_map_of_same_and_says_so()
    {
        var html = Path.Combine(TestFiles.OutputFolder(), "report.html");
        await Run(["report", TestFiles.Sample("airplane.jpg"), "--html", html, .. Bundled]);
        var picture = Picture(html);
        Assert.Multiple(() =>
        {
            Assert.That(picture.GetProperty("map").GetProperty("offset").GetInt32(), Is.Zero);
            Assert.That(picture.GetProperty("note").GetString(), Does.Contain("224").And.Contain("SAME"));
        });
    }

    [Test]
    public async Task A_picture_too_small_for_any_map_says_why()
    {
        var folder = TestFiles.OutputFolder();
        var (html, tiny) = (Path.Combine(folder, "report.html"), Path.Combine(folder, "tiny.png"));
        Gpu.Cli.Rendering.PictureFile.Save(new Gpu.Loader.Images.RgbImage(20, 300, new byte[20 * 300 * 3]), tiny);
        var (code, _, error) = await Run(["report", tiny, "--html", html, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(Picture(html).GetProperty("map").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(Picture(html).GetProperty("note").GetString(), Does.Contain("20x300").And.Contain("32x32"));
        });
    }

    [Test]
    public async Task A_page_that_cannot_be_written_is_exit_code_5()
    {
        var html = Path.Combine(TestFiles.OutputFolder(), "no", "folder", "report.html");
        var (code, _, error) = await Run(["report", TestFiles.Sample("laptop.jpg"), "--html", html, .. Bundled]);
        Assert.That((code, error.Trim()), Is.EqualTo((ExitCode.Output, $"{html} cannot be saved because its folder does not exist; create the folder or give another path.")));
    }

    [TestCase("report", "x.jpg")]
    [TestCase("report", "--html", "x.html")]
    [TestCase("report", "x.jpg", "--html", "x.html", "--top", "0")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments) =>
        Assert.That((await Run(arguments)).Code, Is.EqualTo(ExitCode.Usage));

    private static JsonElement Picture(string html)
    {
        IHtmlDocument page = new HtmlParser().ParseDocument(File.ReadAllText(html));
        return JsonDocument.Parse(page.QuerySelectorAll("script.picture").Single().TextContent).RootElement;
    }

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
