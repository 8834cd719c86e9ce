using Gpu.Kernels.Devices;
using Gpu.Kernels.Portable;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>Memory that operations share, and that recordings keep. Shown on the simulator.</summary>
[TestFixture]
internal sealed class AcceleratorScratchTests
{
    private AcceleratorDevice device = null!;
    private IDisposable scope = null!;

    private long Allocated => device.Memory.AllocatedBytes / sizeof(float);

    [SetUp]
    public void Open()
    {
        device = (AcceleratorDevice)DeviceCatalog.Open("simulator");
        scope = device.Enter();
    }

    [TearDown]
    public void Close()
    {
        scope.Dispose();
        device.Dispose();
    }

    [Test]
    public void Operations_share_as_much_as_one_needs_at_the_most_and_the_last_frees_it()
    {
        var (small, large, middle) = (device.Scratch.Reserve(100), device.Scratch.Reserve(1000), device.Scratch.Reserve(500));
        Assert.That(Allocated, Is.EqualTo(1000));
        Assert.That(device.Scratch.View(100).Length, Is.EqualTo(100));
        Assert.That(AddressOf(100), Is.EqualTo(AddressOf(1000)));
        large.Dispose();
        large.Dispose();
        small.Dispose();
        Assert.That(Allocated, Is.EqualTo(1000));
        middle.Dispose();
        Assert.That(Allocated, Is.Zero);
    }

    [Test]
    public void A_recording_keeps_the_memory_that_it_has_the_addresses_of()
    {
        using var recorded = device.Scratch.Reserve(100);
        var before = AddressOf(100);
        var kept = device.Scratch.Keep();
        using var larger = device.Scratch.Reserve(1000);
        Assert.That(Allocated, Is.EqualTo(100 + 1000));
        Assert.That(AddressOf(100), Is.Not.EqualTo(before));
        kept.Dispose();
        Assert.That(Allocated, Is.EqualTo(1000));
    }

    [Test]
    public void A_recording_without_scratch_keeps_nothing()
    {
        device.Scratch.Keep().Dispose();
        Assert.That(Allocated, Is.Zero);
    }

    [Test]
    public void What_is_there_survives_a_need_that_is_refused()
    {
        using var small = device.Scratch.Reserve(100);
        Assert.That(() => device.Scratch.Reserve(device.Info.MemoryBytes), Throws.TypeOf<DeviceException>().With.Property(nameof(DeviceException.IsOutOfMemory)).True);
        Assert.That(device.Scratch.View(100).Length, Is.EqualTo(100));
        Assert.That(Allocated, Is.EqualTo(100));
    }

    private nint AddressOf(long elements) => AcceleratorMemory.AddressOf(device.Scratch.View(elements));
}
