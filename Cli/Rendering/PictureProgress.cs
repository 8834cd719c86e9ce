using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gpu.Cli.Rendering;

/// <summary>
/// Counts pictures as a command goes through them, with a bar, a rate and the time left on the error stream where that is a terminal
/// on which no results appear, and says at the end how many failed.
/// </summary>
internal sealed class PictureProgress
{
    private readonly TextWriter error;
    private readonly IAnsiConsole? console;
    private readonly ProgressTask? task;
    private int succeeded;
    private int failed;

    private PictureProgress(TextWriter error, IAnsiConsole? console, ProgressTask? task)
    {
        this.error = error;
        this.console = console;
        this.task = task;
    }

    /// <summary>Goes through pictures. Interrupted, it ends the results as well, so that what is done is kept.</summary>
    /// <param name="error">Where complaints and the bar go.</param>
    /// <param name="total">How many there are, or null where that is not known yet.</param>
    /// <param name="isShown">Whether a bar may be shown: the results go elsewhere, and nobody asked for quiet.</param>
    /// <param name="work">Goes through them and tells what became of each.</param>
    /// <param name="end">Ends the results.</param>
    /// <param name="cancellationToken">Interrupts the work.</param>
    /// <returns>The exit code: whether some failed.</returns>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public static async Task<int> RunAsync(
        TextWriter error, int? total, bool isShown, Func<PictureProgress, Task> work, Action end, CancellationToken cancellationToken)
    {
        var progress = isShown && ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected
            ? await ShowAsync(error, total, Work)
            : await Work(new PictureProgress(error, null, null));
        end();
        cancellationToken.ThrowIfCancellationRequested();
        return progress.Finish();

        async Task<PictureProgress> Work(PictureProgress counting)
        {
            try
            {
                await work(counting);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It is told when the results are ended.
            }

            return counting;
        }
    }

    /// <summary>A picture is done.</summary>
    public void Succeed()
    {
        succeeded++;
        task?.Increment(1);
    }

    /// <summary>A picture failed.</summary>
    /// <param name="sentence">Why; it names the file.</param>
    public void Fail(string sentence)
    {
        failed++;
        task?.Increment(1);
        if (console is null)
        {
            error.WriteLine(sentence);
        }
        else
        {
            console.WriteLine(sentence);
        }
    }

    private static async Task<PictureProgress> ShowAsync(TextWriter error, int? total, Func<PictureProgress, Task<PictureProgress>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new CountColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask("pictures", maxValue: total ?? double.MaxValue);
                task.IsIndeterminate = total is null;
                return work(new PictureProgress(error, console, task));
            });
    }

    private int Finish()
    {
        if (failed > 0 && succeeded + failed > 1)
        {
            error.WriteLine($"{failed} of {succeeded + failed} pictures failed.");
        }

        return failed > 0 ? ExitCode.InputsFailed : ExitCode.Success;
    }

    /// <summary>"37/5000  21.4/s".</summary>
    private sealed class CountColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var rate = task.Value / Math.Max(1e-3, task.ElapsedTime?.TotalSeconds ?? 0);
            var count = task.IsIndeterminate ? $"{task.Value:0}" : $"{task.Value:0}/{task.MaxValue:0}";
            return new Text(string.Create(CultureInfo.InvariantCulture, $"{count}  {rate:0.0}/s"));
        }
    }
}
