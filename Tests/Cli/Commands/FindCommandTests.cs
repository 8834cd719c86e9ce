using System.Text.Json;
using System.Text.RegularExpressions;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class FindCommandTests
{
    private string database = string.Empty;

    [OneTimeSetUp]
    public async Task IndexSamples()
    {
        database = Path.Combine(TestFiles.OutputFolder(), "pictures.db");
        var result = await VggCommands.Run(
            "index", Path.GetDirectoryName(TestFiles.Sample("x"))!, "--database", database,
            "--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
    }

    [TestCase("sunflower@center>50%", "sunflower.jpg")]
    [TestCase("Motorbike", "motorbike.jpg scene_mosaic.png")]
    [TestCase("stop sign@center AND leopard@top-right", "scene_mosaic.png")]
    [TestCase("airplane>5% OR helicopter@center", "airplane.jpg helicopter.jpg sailing_ship.jpg")]
    [TestCase("NOT background", "airplane.jpg")]
    public async Task The_samples_are_found_by_what_they_show(string query, string expected)
    {
        var result = await Find(query, "--format", "paths");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(result.Output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFileName), Is.EqualTo(expected.Split(' ')));
    }

    [Test]
    public async Task Paths_end_with_zero_bytes_where_asked()
    {
        var result = await Find("airplane OR helicopter", "--null", "--top", "2");
        Assert.That(result.Output, Is.EqualTo($"{TestFiles.Sample("airplane.jpg")}\0{TestFiles.Sample("helicopter.jpg")}\0"));
    }

    [Test]
    public async Task Json_has_the_regions_asked_for()
    {
        var whole = JsonDocument.Parse((await Find("laptop AND NOT face", "--format", "json")).Output).RootElement;
        var line = (await Find("laptop AND NOT face", "--format", "jsonl")).Output.Split('\n')[0];
        var picture = whole[0];
        Assert.Multiple(() =>
        {
            Assert.That(picture.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "schema", "file", "width", "height", "score", "best", "regions" }));
            Assert.That(picture.GetProperty("schema").GetString(), Is.EqualTo("vgg.find/1"));
            Assert.That(picture.GetProperty("file").GetString(), Does.EndWith("laptop.jpg"));
            var region = picture.GetProperty("regions")[0];
            Assert.That(region.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "index", "wnid", "name", "confidence", "share", "box", "mean", "position" }));
            Assert.That(region.GetProperty("position").GetString(), Is.EqualTo("center"));
            Assert.That(picture.GetProperty("regions").EnumerateArray().Select(r => r.GetProperty("name").GetString()), Is.All.EqualTo("laptop"));
            Assert.That(
                picture.GetProperty("score").GetDouble(),
                Is.EqualTo(picture.GetProperty("regions").EnumerateArray().Sum(r => r.GetProperty("confidence").GetDouble() * r.GetProperty("share").GetDouble())).Within(1e-12));
            Assert.That(JsonDocument.Parse(line).RootElement.GetProperty("file").GetString(), Is.EqualTo(picture.GetProperty("file").GetString()));
        });
    }

    [Test]
    public async Task Csv_has_a_row_a_region()
    {
        var lines = (await Find("sunflower>50% OR NOT background", "--format", "csv")).Output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo("file,score,index,wnid,name,confidence,share,x,y,width,height,position"));
        Assert.That(lines[1], Does.Match(@"sunflower\.jpg,0\.5\d+,25,,sunflower,0\.7\d+,0\.7\d+,\d+,\d+,\d+,\d+,center$"));
        Assert.That(lines[2], Does.EndWith("airplane.jpg,0,,,,,,,,,,"));
        Assert.That(lines.Select(l => l.Count(c => c == ',')), Is.All.EqualTo(11));
    }

    [Test]
    public async Task The_sheet_needs_nothing_else_and_shows_the_boxes()
    {
        var sheet = Path.Combine(TestFiles.OutputFolder(), "sheet.html");
        var result = await Find("\"airplane\" OR helicopter", "--html", sheet);
        var page = await File.ReadAllTextAsync(sheet);
        var pictures = Regex.Count(page, "<figure>");
        Assert.Multiple(() =>
        {
            Assert.That(result.Error, Does.Contain($"Saved {sheet}."));
            Assert.That(page, Does.Contain("<title>&quot;airplane&quot; OR helicopter</title>"));
            Assert.That(pictures, Is.EqualTo(5));
            Assert.That(Regex.Count(page, " src=\"data:image/"), Is.EqualTo(pictures));
            Assert.That(Regex.Count(page, "<rect stroke=\"#[0-9a-f]{6}\" x=\"\\d+\""), Is.EqualTo(Regex.Count(page, "<li>")).And.GreaterThanOrEqualTo(pictures));
            Assert.That(page, Does.Not.Contain("http://").And.Not.Contains("https://").And.Not.Contains("<script"));
        });
    }

    [TestCase("car AND )", "find: column 9: expected a class name, found ')'.")]
    [TestCase("sunflowr", "did you mean 'sunflower'?")]
    public async Task What_is_no_query_is_wrong_usage(string query, string problem)
    {
        var result = await Find(query);
        Assert.That((result.Code, result.Output), Is.EqualTo((ExitCode.Usage, string.Empty)));
        Assert.That(result.Error, Does.Contain(problem));
    }

    [Test]
    public async Task Zero_bytes_and_another_format_do_not_go_together() =>
        Assert.That((await Find("car", "-0", "--format", "json")).Code, Is.EqualTo(ExitCode.Usage));

    [Test]
    public async Task A_database_that_is_none_has_exit_code_3()
    {
        var result = await VggCommands.Run("find", "car", "--database", TestFiles.Sample("laptop.jpg"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error.TrimEnd(), Is.EqualTo($"{TestFiles.Sample("laptop.jpg")} is no SQLite database; name another with --database."));
    }

    [Test]
    public async Task No_answer_is_said()
    {
        var result = await Find("sunflower>99%", "--format", "json");
        Assert.That((result.Code, result.Output.Trim(), result.Error.Trim()), Is.EqualTo((ExitCode.Success, "[]", "No picture answers the query.")));
    }

    private Task<(int Code, string Output, string Error)> Find(string query, params string[] more) =>
        VggCommands.Run(["find", query, "--database", database, .. more]);
}
