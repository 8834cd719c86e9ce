using System.Text;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>The confusion matrix as CSV: a row a class that pictures are of, a column a class that they were taken for.</summary>
internal static class ConfusionTable
{
    /// <summary>Writes the table.</summary>
    public static void Write(Evaluation evaluation, Stream stream)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        var columns = Classes(evaluation);
        writer.WriteLine(string.Join(',', columns.Select(c => CsvText.Field($"{c.Index} {c.Name}")).Prepend("name").Prepend("index")));
        foreach (var row in evaluation.Confusions.GroupBy(c => c.Truth.Index))
        {
            var counts = row.ToDictionary(c => c.Predicted.Index, c => c.Pictures);
            var truth = row.First().Truth;
            writer.WriteLine($"{truth.Index},{CsvText.Field(truth.Name)},{string.Join(',', columns.Select(c => counts.GetValueOrDefault(c.Index)))}");
        }
    }

    /// <summary>The classes that pictures are of or were taken for, by index.</summary>
    public static IReadOnlyList<ClassLabel> Classes(Evaluation evaluation) =>
        [.. evaluation.Confusions.SelectMany(c => new[] { c.Truth, c.Predicted }).DistinctBy(c => c.Index).OrderBy(c => c.Index)];
}
