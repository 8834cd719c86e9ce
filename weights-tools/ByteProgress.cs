using Spectre.Console;

namespace Gpu.WeightsTools;

/// <summary>A progress bar of bytes, with speed and time left, on the error stream where that is a terminal; elsewhere nothing.</summary>
internal static class ByteProgress
{
    /// <summary>Does work that reports the bytes done so far.</summary>
    public static T Show<T>(TextWriter error, string description, long total, Func<IProgress<long>?, T> work) => !IsTerminal(error)
        ? work(null)
        : Create(error).Start(context =>
        {
            var task = context.AddTask(Markup.Escape(description), maxValue: Math.Max(1, total));
            var result = work(new Reporter(done => task.Value = Math.Min(task.MaxValue, done)));
            task.Value = task.MaxValue;
            return result;
        });

    /// <summary>Whether somebody watches.</summary>
    public static bool IsTerminal(TextWriter error) => ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>Bars of bytes, without any yet; they move even if the results go to a file, from which Spectre would conclude that nobody watches.</summary>
    public static Progress Create(TextWriter error) => AnsiConsole.Create(
            new AnsiConsoleSettings { Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(error) }).Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn());

    /// <summary>Unlike <see cref="Progress{T}"/> reports on the worker's own thread, in order.</summary>
    private sealed class Reporter(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
