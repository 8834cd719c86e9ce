using System.Diagnostics;
using Gpu.Cli.Laboratory;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Laboratory;

internal sealed class MachineLoadTests
{
    [Test]
    public void Another_process_is_noticed()
    {
        Assume.That(OperatingSystem.IsLinux(), "Only Linux tells what other processes use.");
        var load = new MachineLoad();
        using var busy = Process.Start("sh", ["-c", "while :; do :; done"]);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        var disturbance = load.Disturbance();
        busy.Kill();
        busy.WaitForExit();
        Assert.That(disturbance, Does.StartWith("other processes used"));
    }
}
