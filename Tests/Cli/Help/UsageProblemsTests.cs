using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Help;

/// <summary>A wrong command line is answered with one sentence, and with what may have been meant.</summary>
internal sealed class UsageProblemsTests
{
    [TestCase("There is no command 'clasify'; did you mean 'classify'?", "clasify", "x.jpg")]
    [TestCase("There is no command 'Bench'; did you mean 'bench'?", "Bench")]
    [TestCase("There is no command 'frobnicate'.", "frobnicate")]
    [TestCase("There is no option '--tops'; did you mean '--top'?", "classify", "x.jpg", "--tops", "3")]
    [TestCase("There is no option '--tops'; did you mean '--top'?", "classify", "x.jpg", "--tops=3")]
    [TestCase("There is no option '--threds'; did you mean '--threads'?", "label", "x.jpg", "--output", "--threds")]
    [TestCase("There is no option '--frobnicate'.", "bench", "--frobnicate")]
    [TestCase("There is no option '--hlep'; did you mean '--help'?", "--hlep")]
    [TestCase("'vgg_61' is not one of vgg_a, vgg_16, vgg_19.", "bench", "--network", "vgg_61")]
    [TestCase("'xml' is not one of text, json, csv, markdown.", "inspect", "--format", "xml")]
    [TestCase("--padding takes one of same, valid, not 'reflect'.", "label", "x.jpg", "--padding", "reflect")]
    [TestCase("--threads takes a whole number, not 'two'.", "classify", "x.jpg", "--threads", "two")]
    [TestCase("--runs is from 1 to 100000.", "bench", "--runs", "-5")]
    [TestCase("Unrecognized command or argument 'extra'.", "devices", "extra")]
    public async Task The_sentence_names_the_word_and_the_nearest(string sentence, params string[] arguments)
    {
        var (code, output, error) = await VggCommands.Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Usage));
            Assert.That(error.ReplaceLineEndings("\n"), Is.EqualTo($"{sentence}\nSee 'vgg --help'.\n"));
            Assert.That(output, Is.Empty);
        });
    }

    [Test]
    public async Task A_file_whose_name_looks_like_an_option_is_named_behind_two_dashes()
    {
        var (code, _, error) = await VggCommands.Run("classify", "--weights", TestFiles.BundledCheckpoint, "--device", "cpu", "--", "--tops");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(error, Does.Contain("--tops does not exist"));
        });
    }
}
