using System.Text.Json;
using Gpu.Cli;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Tests.Kernels;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class RoofsCommandTests
{
    [Test]
    public async Task The_processor_has_roofs()
    {
        var (code, output, error) = await VggCommands.Run("roofs", "--device", "cpu", "--threads", "1", "--measure", "--format", "json");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        Assert.That(error, Does.StartWith("Measuring the roofs of cpu once"));
        var roofs = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.That(roofs.Select(r => r.GetProperty("name").GetString()), Does.Contain("float32 multiply-adds").And.Contain("memory"));
        Assert.That(roofs.Select(r => r.GetProperty("value").GetDouble()), Is.All.GreaterThan(1e8));
    }

    [Test]
    public void Every_device_can_be_measured([Values("cpu-avx512", "cpu-avx2", "cpu-vector128", "simulator", "opencl:0", "cuda:0")] string id)
    {
        var device = TestDevices.Open(id);
        using var scope = device.Enter();
        var roofs = device.MeasureRoofs(CancellationToken.None);
        Assert.That(roofs.Items.Select(r => r.Value), Is.All.Positive);
        Assert.That((roofs.FlopsPerSecond(ProductPrecision.Float32), roofs.MemoryBytesPerSecond), Is.Not.EqualTo(((double?)null, (double?)null)));
        Assert.That(roofs.FlopsPerSecond(ProductPrecision.TensorFloat32x3), id == "cuda:0" ? Is.Not.Null : Is.Null);
    }
}
