using System.Diagnostics;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli;

/// <summary>The program as a process whose standard output cannot take all.</summary>
[Platform("Linux")]
internal sealed class StandardOutputTests
{
    [TestCase("| head -1 >&2; exit ${PIPESTATUS[0]}", "file,rank", TestName = "A_reader_that_leaves_ends_the_work_quietly")]
    [TestCase("> /dev/full", "The results cannot be written (No space left on device).", TestName = "A_full_disk_ends_the_work_with_a_sentence")]
    public async Task What_cannot_be_written_ends_the_work_with_exit_code_5(string destination, string told)
    {
        var vgg = Path.Combine(TestContext.CurrentContext.TestDirectory, "vgg");
        Assume.That(File.Exists(vgg), "The program's executable is not beside the tests.");
        var folder = TestFiles.OutputFolder();
        for (var i = 0; i < 200; i++)
        {
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}.jpg"), TestFiles.Sample("laptop.jpg"));
        }

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
}
