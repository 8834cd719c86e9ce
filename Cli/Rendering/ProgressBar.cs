using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>A progress bar with the time left on the error stream, where that is a terminal; elsewhere nothing.</summary>
internal static class ProgressBar
{
    /// <summary>Does work that reports the share done, 0 to 1. The bar appears with the first report between.</summary>
    public static async Task<T> ShowAsync<T>(TextWriter error, string description, Func<IProgress<double>?, Task<T>> work)
    {
        if (!ReferenceEquals(error, Console.Error) || Console.IsErrorRedirected)
        {
            return await work(null);
        }

        return await AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) }).Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Reporter(context, description)));
    }

    /// <summary>Unlike <see cref="Progress{T}"/> reports on the worker's own thread, in order.</summary>
    private sealed class Reporter(ProgressContext context, string description) : IProgress<double>
    {
        private ProgressTask? task;

        public void Report(double value)
        {
            // Work in one piece has nothing to show between its start and its end.
            if (value is > 0 and < 1 || task is not null)
            {
                task ??= context.AddTask(Markup.Escape(description), maxValue: 1);
                task.Value = value;
            }
        }
    }
}
