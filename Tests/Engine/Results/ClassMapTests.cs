using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Results;

internal sealed class ClassMapTests
{
    [Test]
    public void Classes_present_are_numbered_from_0_by_index()
    {
        var map = new ClassMap(2, 3, [779, 468, 779, 920, 468, 779], ClassLabels.ImageNet);
        Assert.Multiple(() =>
        {
            Assert.That(map.Ids, Is.EqualTo(new[] { 1, 0, 1, 2, 0, 1 }));
            Assert.That(map.Classes.Select(c => (c.Id, c.Label.Index, c.Count)), Is.EqualTo(new[] { (0, 468, 2), (1, 779, 3), (2, 920, 1) }));
            Assert.That(map.Classes.Select(c => c.Share), Is.EqualTo(new[] { 2 / 6.0, 3 / 6.0, 1 / 6.0 }));
            Assert.That(map.Classes[1].Label.Name, Is.EqualTo("school bus"));
        });
    }
}
