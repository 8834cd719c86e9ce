using System.Text.Json;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Engine;

/// <summary>
/// Results of the bundled network computed by an independent float64 implementation from the checkpoint's tensors
/// (Tests/Data/golden; how they were made stands in Cli/Bundled/REPORT.md).
/// </summary>
internal static class GoldenData
{
    private static readonly Lazy<JsonElement> Root = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(TestFiles.Data("golden", "golden.json"))).RootElement);

    public static IReadOnlyList<string> Labels => [.. Root.Value.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)];

    public static IEnumerable<TestCaseData> Images => Root.Value.GetProperty("images").EnumerateArray()
        .Select(e => new TestCaseData(new GoldenImage(e)).SetArgDisplayNames(e.GetProperty("file").GetString()!));

    public static IEnumerable<TestCaseData> Samples => Root.Value.GetProperty("samples").EnumerateArray()
        .Select(e => new TestCaseData(e.GetProperty("file").GetString()!.Split('/')[^1], e.GetProperty("label").GetString()!));

    public static GoldenScene Scene => new(Root.Value.GetProperty("scenes")[0]);
}

/// <summary>A picture with its network input, logits and best classes.</summary>
internal sealed class GoldenImage(JsonElement element)
{
    public string InputHash => element.GetProperty("input_sha256_f32").GetString()!;

    public double[] Logits => [.. element.GetProperty("logits").EnumerateArray().Select(v => v.GetDouble())];

    public IReadOnlyList<(string Name, double Probability)> Top5 =>
        [.. element.GetProperty("top5").EnumerateArray().Select(p => (p[0].GetString()!, p[1].GetDouble()))];

    public RgbImage Read() => ImageFile.Read(TestFiles.Data(element.GetProperty("file").GetString()!.Split('/')));
}

/// <summary>A picture with its dense map.</summary>
internal sealed class GoldenScene(JsonElement element)
{
    public int Rows => element.GetProperty("map_height").GetInt32();

    public int Columns => element.GetProperty("map_width").GetInt32();

    public int[] Classes => [.. element.GetProperty("argmax").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetInt32())];

    public double[] Confidence => [.. element.GetProperty("confidence").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetDouble())];

    /// <summary>Rows x columns x classes, from the NumPy file.</summary>
    public static double[] Logits
    {
        get
        {
            var bytes = File.ReadAllBytes(TestFiles.Data("golden", "scene_mosaic_logits.npy"));
            var header = BitConverter.ToUInt16(bytes, 8);
            var values = new double[(bytes.Length - 10 - header) / sizeof(double)];
            Buffer.BlockCopy(bytes, 10 + header, values, 0, values.Length * sizeof(double));
            return values;
        }
    }

    public static RgbImage Read() => ImageFile.Read(TestFiles.Sample("scene_mosaic.png"));
}
