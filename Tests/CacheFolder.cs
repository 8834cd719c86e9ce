using NUnit.Framework;

namespace Gpu.Tests;

/// <summary>Commands keep what they measure in a folder of the tests, not in the user's.</summary>
[SetUpFixture]
internal sealed class CacheFolder
{
    private const string Variable = "XDG_CACHE_HOME";

    private string? previous;

    [OneTimeSetUp]
    public void Use()
    {
        previous = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, Path.Combine(TestContext.CurrentContext.WorkDirectory, "output", "cache"));
    }

    [OneTimeTearDown]
    public void Restore() => Environment.SetEnvironmentVariable(Variable, previous);
}
