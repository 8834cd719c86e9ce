using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli;

internal sealed class SettingsTests
{
    private static readonly string[] Classify = ["classify", TestFiles.Sample("laptop.jpg"), "--format", "csv"];

    private Dictionary<string, string> environment = null!;
    private string configuration = null!;

    [SetUp]
    public void NameNetwork()
    {
        configuration = Path.Combine(TestFiles.OutputFolder(), "config.json");
        environment = new Dictionary<string, string> { ["VGG_WEIGHTS"] = TestFiles.BundledCheckpoint, ["VGG_LABELS"] = TestFiles.BundledLabels, ["VGG_DEVICE"] = "cpu" };
    }

    [Test]
    public async Task The_environment_stands_for_options()
    {
        environment["VGG_TOP"] = "3";
        environment["VGG_RESIZE_SIDE"] = "224";
        environment["VGG_VERBOSE"] = "true";
        environment["VGG_UNKNOWN"] = "x";
        environment["VGG_THRESHOLD"] = "";
        var (code, output, error) = await Run(Classify);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        Assert.That(Rows(output), Has.Count.EqualTo(3));
        Assert.That(error, Does.StartWith("VGG-16, 1,106,628 parameters"));
    }

    [Test]
    public async Task The_command_line_comes_before_the_environment_and_that_before_the_file()
    {
        await Configure("""{ "top": 4, "threads": 1, /* of one command */ "classify": { "threshold": 0.5, }, "label": { "padding": "same" } }""");
        Assert.That(Rows((await Run(Classify)).Output), Has.Count.EqualTo(1), "the threshold of the file");
        environment["VGG_THRESHOLD"] = "0";
        Assert.That(Rows((await Run(Classify)).Output), Has.Count.EqualTo(4), "that of the environment, and the file's number");
        Assert.That(Rows((await Run([.. Classify, "-k", "2"])).Output), Has.Count.EqualTo(2));
        Assert.That((await Run("label", TestFiles.Sample("airplane.jpg"))).Output, Does.Contain("5 rows x 13 columns"));
    }

    [Test]
    public async Task What_follows_two_hyphens_stays_a_picture()
    {
        environment["VGG_TOP"] = "1";
        var result = await Run("classify", "--quiet", "--", "--top");
        Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
        Assert.That(result.Error, Does.Contain("--top"));
    }

    [Test]
    public async Task A_wrong_value_is_told_with_its_source()
    {
        environment["VGG_THREADS"] = "none";
        var result = await Run(Classify);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Does.Contain("$VGG_THREADS").And.Contain("none"));
    }

    [TestCase("{", "is no JSON: line 1, column 2")]
    [TestCase("[]", "is no JSON object")]
    [TestCase("""{ "tpo": 3 }""", "has 'tpo', which is no option of any command")]
    [TestCase("""{ "label": { "top": 3 } }""", "has 'top', which is no option of 'vgg label'")]
    [TestCase("""{ "top": [3] }""", "has 'top' with a value that is no text, number, true or false")]
    public async Task A_configuration_that_cannot_be_used_is_one_sentence(string text, string sentence)
    {
        await Configure(text);
        var result = await Run("devices");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error.TrimEnd(), Does.Contain(configuration).And.Contain(sentence).And.Not.Contain("\n"));
    }

    [Test]
    public async Task A_configuration_that_is_named_but_not_there_is_an_error()
    {
        environment["VGG_CONFIG"] = configuration;
        Assert.That((await Run("devices")).Code, Is.EqualTo(ExitCode.Usage));
    }

    private static List<string> Rows(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    private async Task Configure(string text)
    {
        await File.WriteAllTextAsync(configuration, text);
        environment["VGG_CONFIG"] = configuration;
    }

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error, name => environment.GetValueOrDefault(name));
        return (code, output.ToString(), error.ToString());
    }
}
