using Gpu.Kernels.Host;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

internal sealed class HostCachesTests
{
    [TestCase("2048K\n", 2 << 20)]
    [TestCase("512K", 512 << 10)]
    [TestCase("", 1 << 20)]
    [TestCase("2M", 1 << 20)]
    [TestCase("0K", 1 << 20)]
    [TestCase("99999999999K", 1 << 20)]
    public void Sizes_are_read_as_Linux_writes_them_and_others_are_usual(string size, int bytes) => Assert.That(HostCaches.Parse(size), Is.EqualTo(bytes));
}
