using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>What was evaluated.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Device">The device that ran it.</param>
/// <param name="Failed">Pictures that could not be read.</param>
internal sealed record EvaluationRun(string Network, DeviceInfo Device, int Failed);

/// <summary>Prints how often a network was right.</summary>
internal static class EvaluationWriter
{
    public static void Write(OutputFormat format, TextWriter output, Evaluation evaluation, EvaluationRun run)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine(Json(evaluation, run));
                break;
            case OutputFormat.Csv:
                Csv(output, evaluation);
                break;
            case OutputFormat.Markdown:
                Markdown(output, evaluation, run);
                break;
            default:
                Text(output, evaluation, run);
                break;
        }
    }

    /// <summary>The shares of all, a line each.</summary>
    private static IEnumerable<string> Summary(Evaluation evaluation, EvaluationRun run) =>
    [
        $"{run.Network} on {run.Device.Id}, pictures: {evaluation.Pictures}, classes: {evaluation.Classes.Count}",
        $"top-1 {Percent(evaluation.Best, evaluation.Pictures)} ({evaluation.Best} right)",
        $"top-5 {Percent(evaluation.AmongFive, evaluation.Pictures)} ({evaluation.AmongFive} right)",
    ];

    private static void Text(TextWriter output, Evaluation evaluation, EvaluationRun run)
    {
        foreach (var line in Summary(evaluation, run))
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        var table = TextTable.Create("class", "pictures", "top-1", "top-5", "most often taken for");
        foreach (var c in evaluation.Classes)
        {
            table.AddRow(
                new Text(c.Label.Name), new Text($"{c.Pictures}"), new Text(Percent(c.Best, c.Pictures)), new Text(Percent(c.AmongFive, c.Pictures)), new Text(Mistake(c)));
        }

        TextTable.Print(output, table);
    }

    private static void Markdown(TextWriter output, Evaluation evaluation, EvaluationRun run)
    {
        output.WriteLine(string.Join("; ", Summary(evaluation, run)));
        output.WriteLine();
        output.WriteLine("| class | pictures | top-1 | top-5 | most often taken for |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var c in evaluation.Classes)
        {
            output.WriteLine(
                $"| {MarkdownText.Cell(c.Label.Name)} | {c.Pictures} | {Percent(c.Best, c.Pictures)} | {Percent(c.AmongFive, c.Pictures)} | {MarkdownText.Cell(Mistake(c))} |");
        }
    }

    private static void Csv(TextWriter output, Evaluation evaluation)
    {
        output.WriteLine("index,wnid,name,pictures,top1,top5,mistake,mistakes");
        foreach (var c in evaluation.Classes)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{c.Label.Index},{c.Label.WordNetId},{CsvText.Field(c.Label.Name)},{c.Pictures},{c.Best},{c.AmongFive},{CsvText.Field(c.Mistake?.Predicted.Name)},{c.Mistake?.Pictures}"));
        }
    }

    private static string Json(Evaluation evaluation, EvaluationRun run) => JsonText.Serialize(new
    {
        Schema = Schemas.Eval,
        Device = run.Device.Id,
        run.Network,
        evaluation.Pictures,
        run.Failed,
        Top1 = evaluation.Best,
        Top5 = evaluation.AmongFive,
        Classes = evaluation.Classes.Select(c => new
        {
            c.Label.Index,
            Wnid = c.Label.WordNetId,
            c.Label.Name,
            c.Pictures,
            Top1 = c.Best,
            Top5 = c.AmongFive,
        }),
        Confusions = evaluation.Confusions.Select(c => new
        {
            Truth = c.Truth.Index,
            Predicted = c.Predicted.Index,
            c.Pictures,
        }),
    });

    private static string Mistake(ClassAccuracy accuracy) => accuracy.Mistake is { } mistake ? $"{mistake.Predicted.Name} ({mistake.Pictures})" : string.Empty;

    private static string Percent(int part, int whole) =>
        whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F1} %");
}
