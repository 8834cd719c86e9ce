using Gpu.Kernels.Devices;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Devices;

[TestFixture]
internal sealed class DeviceCatalogTests
{
    private static readonly DeviceListing Listing = DeviceCatalog.List();

    [Test]
    public void Every_family_is_present_or_says_what_it_lacks() =>
        Assert.That(
            Listing.Present.Select(d => d.Kind).Concat(Listing.Missing.Select(m => m.Kind)).Distinct(),
            Is.EquivalentTo(Enum.GetValues<DeviceKind>()));

    [Test]
    public void A_missing_family_comes_with_a_remedy() =>
        Assert.That(Listing.Missing.Select(m => m.Reason), Has.All.Matches("^.+; (install|update|run) .+\\.$"));

    [Test]
    public void Every_listed_device_opens_as_what_it_was_listed() => Assert.Multiple(() =>
    {
        foreach (var info in Listing.Present)
        {
            using var device = DeviceCatalog.Open(info.Id);
            Assert.That(device.Info, Is.EqualTo(info));
        }
    });

    [TestCase("")]
    [TestCase("gpu")]
    [TestCase("CPU")]
    [TestCase("cpu:0")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:99")]
    [TestCase("cuda:0 ")]
    [TestCase("opencl:99999999999999999999")]
    public void An_id_that_names_no_device_is_refused_with_those_present(string id) =>
        Assert.That(
            () => DeviceCatalog.Open(id),
            Throws.TypeOf<DeviceException>().With.Message.Contains($"'{id}'").And.Message.Contains("simulator"));

    [Test]
    public void Auto_opens_the_first_gpu_else_the_processor()
    {
        // PoCL is an OpenCL device, but no GPU.
        var gpus = Listing.Present.Where(d => d.Kind == DeviceKind.Cuda || (d.Kind == DeviceKind.OpenCL && !d.Driver.StartsWith("Portable Computing Language", StringComparison.Ordinal)));
        using var device = DeviceCatalog.Open("auto");
        Assert.That(device.Info.Id, Is.EqualTo(gpus.FirstOrDefault()?.Id ?? "cpu"));
    }

    [TestCase(1, "1 thread")]
    [TestCase(3, "3 threads")]
    public void The_number_of_threads_reaches_the_processor(int threads, string end)
    {
        using var device = DeviceCatalog.Open("cpu", new DeviceOptions { Threads = threads });
        Assert.That(device.Info.Driver, Does.EndWith($", {end}"));
    }
}
