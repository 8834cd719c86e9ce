using Gpu.Cli.Rendering;
using Gpu.Cli.Rendering.Report;
using Gpu.Engine;
using Gpu.Engine.Preprocessing;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;

namespace Gpu.Tests.Cli.Rendering.Report;

/// <summary>A page of the sample scene, through the bundled network, with names of choice.</summary>
internal static class SampleReport
{
    /// <summary>What a hostile name would do if it were markup, or ended the element that holds it.</summary>
    public const string HostileName = """</script><!--<script>document.title='owned'</script><img src=x onerror="document.title='owned'"> & "quoted" 'too' {{pictures}}""";

    /// <summary>Writes a page with the scene, once with its map and once without.</summary>
    /// <param name="path">The page.</param>
    /// <param name="fileName">What the picture is called.</param>
    /// <param name="className">What every class is called, or null for their own names.</param>
    /// <returns>The picture's data.</returns>
    public static ReportPicture Write(string path, string fileName, string? className = null)
    {
        var labels = ClassLabels.Read(TestFiles.BundledLabels).Select(l => l with { Name = className ?? l.Name }).ToList();
        using var model = VggModel.Load(TestFiles.BundledCheckpoint, new VggOptions { Device = "cpu", Labels = labels });
        var photo = ImageFile.Read(TestFiles.Sample("scene_mosaic.png"));
        var input = NetworkInputPicture.Create(photo, PreprocessingOptions.Default);
        var picture = ReportPicture.Create(fileName, photo, input, model.Classify(photo), model.Label(photo), null);
        using var writer = new StreamWriter(path);
        var page = new ReportPage(writer, $"A title of {fileName}", "vgg 1.2.3");
        page.Add(picture);
        page.Add(picture with { Map = null, Note = "Too small for a map." });
        page.End(new ReportRun("VGG-16", "cpu", labels.Count, "vgg 1.2.3", [$"{fileName} is no picture."]));
        return picture;
    }
}
