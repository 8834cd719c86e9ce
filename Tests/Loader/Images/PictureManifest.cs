using System.Text.Json;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Images;

/// <summary>A picture of the test data, with what Pillow read from it.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Expect"><c>decode</c>, <c>error</c>, <c>error-or-decode</c> or <c>error-or-partial</c>.</param>
/// <param name="Format">Pillow's name of the format.</param>
/// <param name="HasAlpha">Whether some pixels may be transparent: Pillow's figures leave the alpha out and do not apply.</param>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Orientation">EXIF orientation.</param>
/// <param name="Mean">Mean of the stored R, G, B, or null.</param>
/// <param name="Sha256">Hash of the stored RGB pixels of a lossless format, or null.</param>
public sealed record TestPicture(
    string Path, string Expect, string? Format, bool HasAlpha, int? Width, int? Height, int Orientation, double[]? Mean, string? Sha256);

/// <summary>The pictures kept beside the tests, and the larger set where it is present.</summary>
public static class PictureManifest
{
    public static string KeptFolder { get; } = Path.Combine(AppContext.BaseDirectory, "Data", "images");

    public static IEnumerable<TestCaseData> Good() => Cases("good", picture => picture.Expect == "decode");

    public static IEnumerable<TestCaseData> Broken() => Cases("broken", picture => picture.Expect != "decode");

    public static string Kept(string file) => Path.Combine(KeptFolder, file);

    /// <summary>The path of a picture of the larger set; ends the test as ignored where the set is not there.</summary>
    public static string Shared(string file)
    {
        if (SharedFolder() is not { } folder)
        {
            Assert.Ignore("There is no folder shared/testdata/images beside or above the repository.");
            throw new InvalidOperationException();
        }

        return Path.Combine(folder, file);
    }

    private static IEnumerable<TestCaseData> Cases(string what, Func<TestPicture, bool> filter)
    {
        foreach (var picture in Read(KeptFolder).Where(filter))
        {
            yield return new TestCaseData(picture).SetArgDisplayNames("kept: " + Path.GetFileName(picture.Path));
        }

        if (SharedFolder() is not { } folder)
        {
            yield return new TestCaseData(null!).SetArgDisplayNames($"shared: all {what}")
                .Ignore("There is no folder shared/testdata/images beside or above the repository.");
            yield break;
        }

        foreach (var picture in Read(folder).Where(filter))
        {
            yield return new TestCaseData(picture).SetArgDisplayNames("shared: " + Path.GetFileName(picture.Path));
        }
    }

    private static string? SharedFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "testdata", "images");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static List<TestPicture> Read(string folder)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        return manifest.RootElement.EnumerateArray().Select(entry =>
        {
            var file = entry.GetProperty("file").GetString()!;
            var mode = Text(entry, "mode");
            return new TestPicture(
                Path.Combine(folder, file),
                entry.GetProperty("expect").GetString()!,
                Text(entry, "format"),
                mode is null or "RGBA" or "LA" || file.Contains("trns", StringComparison.Ordinal),
                Number(entry, "width"),
                Number(entry, "height"),
                Number(entry, "exif_orientation") ?? 1,
                entry.TryGetProperty("mean_rgb_pillow", out var mean) ? [.. mean.EnumerateArray().Select(level => level.GetDouble())] : null,
                Text(entry, "sha256_rgb8_pillow"));
        }).ToList();
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int? Number(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetInt32() : null;
}
