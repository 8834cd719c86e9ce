using Gpu.Kernels.Host;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

internal sealed class HostScratchTests
{
    [Test]
    public void A_request_gets_the_smallest_buffer_that_is_large_enough()
    {
        using var scratch = new HostScratch();
        var (large, small, middle) = (scratch.Rent(1 << 20), scratch.Rent(1 << 10), scratch.Rent(1 << 15));
        scratch.Return(large);
        scratch.Return(middle);
        scratch.Return(small);
        Assert.Multiple(() =>
        {
            Assert.That(scratch.Rent(100), Is.SameAs(small));
            Assert.That(scratch.Rent(100), Is.SameAs(middle));
            Assert.That(scratch.Rent(1 << 16), Is.SameAs(large));
        });
        scratch.Return(small);
        scratch.Return(middle);
        scratch.Return(large);
    }

    [Test]
    public void A_larger_request_replaces_a_buffer_instead_of_adding_one()
    {
        using var scratch = new HostScratch();
        var (small, middle) = (scratch.Rent(1 << 10), scratch.Rent(1 << 15));
        scratch.Return(small);
        scratch.Return(middle);
        var large = scratch.Rent(1 << 20);
        Assert.That(large.Bytes, Is.GreaterThanOrEqualTo(1 << 20));
        Assert.That(scratch.Rent(1 << 10), Is.SameAs(small), "the middle one made way");
        scratch.Return(small);
        scratch.Return(large);
        Assert.That(scratch.Rent(1 << 12), Is.SameAs(large));
        scratch.Return(large);
    }
}
