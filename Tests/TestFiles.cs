using NUnit.Framework;

namespace Gpu.Tests;

/// <summary>Where tests find their files.</summary>
internal static class TestFiles
{
    /// <summary>The checkpoint that comes with the command line.</summary>
    public static string BundledCheckpoint => Path.Combine(TestContext.CurrentContext.TestDirectory, "Bundled", "vgg_16_thin.ckpt");

    /// <summary>Its labels.</summary>
    public static string BundledLabels => Path.Combine(TestContext.CurrentContext.TestDirectory, "Bundled", "labels.txt");

    /// <summary>A file of Tests/Data, copied beside the tests.</summary>
    public static string Data(params ReadOnlySpan<string> path) =>
        Path.Combine([TestContext.CurrentContext.TestDirectory, "Data", .. path]);

    /// <summary>A sample picture that comes with the command line.</summary>
    public static string Sample(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "samples", name);

    /// <summary>The repository's folder; ignores the test where there is none.</summary>
    public static string Repository
    {
        get
        {
            for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Gpu.sln")))
                {
                    return folder.FullName;
                }
            }

            Assert.Ignore("The tests run outside the repository, where its files are not at hand.");
            return string.Empty;
        }
    }

    /// <summary>An empty folder for one test's output, deleted before the next run of the test.</summary>
    public static string OutputFolder()
    {
        var name = string.Concat(TestContext.CurrentContext.Test.FullName.Split(Path.GetInvalidFileNameChars())).Replace('"', '\'');
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "output", name.Length > 100 ? name[^100..] : name);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }
}
