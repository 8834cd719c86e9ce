using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class VersionCommandTests
{
    [Test]
    public async Task Json_tells_program_machine_and_devices()
    {
        var (code, output, error) = await VggCommands.Run("version", "--format", "json");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var version = JsonDocument.Parse(output).RootElement;
        var devices = version.GetProperty("devices").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(version.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
            {
                "schema", "version", "commit", "runtime", "operatingSystem", "runtimeIdentifier", "processor", "instructions", "cores",
                "memoryBytes", "devices", "missing",
            }));
            Assert.That(version.GetProperty("version").GetString(), Does.Match(@"^\d+\.\d+\.\d+"));
            Assert.That(version.GetProperty("runtime").GetString(), Does.StartWith(".NET "));
            Assert.That(version.GetProperty("cores").GetInt32(), Is.EqualTo(Environment.ProcessorCount));
            Assert.That(devices.Select(d => d.GetProperty("id").GetString()), Does.Contain("cpu"));
            Assert.That(
                devices.Select(d => d.GetProperty("id").GetString()!.Split(':')[0])
                    .Concat(version.GetProperty("missing").EnumerateArray().Select(m => m.GetProperty("kind").GetString())).Distinct(),
                Is.EquivalentTo(new[] { "cuda", "opencl", "cpu", "simulator" }), "every family is present or missing");
        });
    }

    [Test]
    public async Task Text_has_a_line_for_each()
    {
        var (code, output, _) = await VggCommands.Run("version");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success));
            Assert.That(output, Does.Match(@"(?m)^vgg +\d+\.\d+\.\d+").And.Match(@"(?m)^processor +\S").And.Match(@"(?m)^cpu +\S").And.Match(@"(?m)^instructions +\S"));
        });
    }
}
