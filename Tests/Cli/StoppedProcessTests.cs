using System.Diagnostics;
using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli;

/// <summary>The program as a process that cannot go on: its standard output takes no more, or the user interrupts it.</summary>
[Platform("Linux")]
internal sealed class StoppedProcessTests
{
    private const int Count = 300;

    [TestCase("| head -1 >&2; exit ${PIPESTATUS[0]}", "file,rank", TestName = "A_reader_that_leaves_ends_the_work_quietly")]
    [TestCase("> /dev/full", "The results cannot be written (No space left on device).", TestName = "A_full_disk_ends_the_work_with_a_sentence")]
    public async Task What_cannot_be_written_ends_the_work_with_exit_code_5(string destination, string told)
    {
        var (vgg, folder) = (Program(), Pictures());
        var command = $"'{vgg}' classify '{folder}' --quiet --format csv --device cpu --weights '{TestFiles.BundledCheckpoint}' {destination}";
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Multiple(() =>
        {
            Assert.That(process.ExitCode, Is.EqualTo(ExitCode.Output), error);
            Assert.That(error.TrimEnd(), Does.StartWith(told).And.Not.Contain("\n"));
        });
    }

    [Test]
    public async Task An_interrupted_run_ends_its_document_after_what_is_done()
    {
        var start = new ProcessStartInfo(
            Program(), ["classify", Pictures(), "--quiet", "--format", "json", "--top", "1", "--device", "cpu", "--weights", TestFiles.BundledCheckpoint])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = new StringWriter();
        for (var line = 0; line < 20; line++)
        {
            output.WriteLine(await process.StandardOutput.ReadLineAsync());
        }

        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        output.Write(await process.StandardOutput.ReadToEndAsync());
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Multiple(() =>
        {
            Assert.That(process.ExitCode, Is.EqualTo(ExitCode.Interrupted), error);
            Assert.That(error.Trim(), Is.EqualTo("Interrupted."));
            Assert.That(JsonDocument.Parse(output.ToString()).RootElement.GetArrayLength(), Is.InRange(1, Count - 1));
        });
    }

    private static string Program()
    {
        var vgg = Path.Combine(TestContext.CurrentContext.TestDirectory, "vgg");
        Assume.That(File.Exists(vgg), "The program's executable is not beside the tests.");
        return vgg;
    }

    /// <summary>A folder of more pictures than are done at once.</summary>
    private static string Pictures()
    {
        var folder = TestFiles.OutputFolder();
        for (var i = 0; i < Count; i++)
        {
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}.jpg"), TestFiles.Sample("laptop.jpg"));
        }

        return folder;
    }
}
