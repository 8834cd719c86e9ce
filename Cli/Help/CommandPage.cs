using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.Globalization;

namespace Gpu.Cli.Help;

/// <summary>A row of a command's page.</summary>
/// <param name="Term">An argument's name, an option with its value, or a command's name.</param>
/// <param name="Description">What it is.</param>
internal sealed record HelpEntry(string Term, string Description);

/// <summary>
/// What there is to say about a command, taken from the command itself: the help screen, docs/cli.md and the manual page are
/// written from it. A command's description is prose in paragraphs; one that begins with <c>Examples:</c> is taken as they stand.
/// </summary>
internal sealed class CommandPage
{
    private const string ExamplesHeading = "Examples:";

    public CommandPage(Command command)
    {
        var parents = Parents(command).ToList();
        IsRoot = parents.Count == 0;
        Name = string.Join(' ', parents.AsEnumerable().Reverse().Append(command).Select(DisplayName));
        var paragraphs = (command.Description ?? string.Empty).ReplaceLineEndings("\n").Split("\n\n");
        Description = [.. paragraphs.TakeWhile(p => !IsExamples(p)).Select(Unwrap)];
        Examples = [.. paragraphs.Where(IsExamples).SelectMany(p => p.Split('\n').Skip(1)).Select(line => line.Trim())];
        Notes = [.. paragraphs.SkipWhile(p => !IsExamples(p)).Where(p => !IsExamples(p)).Select(Unwrap)];
        Arguments = [.. command.Arguments.Where(a => !a.Hidden).Select(a => new HelpEntry(Term(a), a.Description ?? string.Empty))];
        Options = [.. command.Options.Where(o => !o.Hidden && !IsGlobal(o)).Select(o => new HelpEntry(Term(o), Describe(o)))];
        GlobalOptions = [.. parents.Append(command).SelectMany(p => p.Options).Where(o => !o.Hidden && IsGlobal(o)).Select(o => new HelpEntry(Term(o), Describe(o)))];
        Commands = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => new CommandPage(c))];
        Usage = string.Join(' ', [Name, .. Commands.Count > 0 ? [command.Action is null ? "COMMAND" : "[COMMAND]"] : Arguments.Select(a => a.Term), "[options]"]);
    }

    /// <summary>With the names of the commands above: <c>vgg classify</c>.</summary>
    public string Name { get; }

    /// <summary>Whether it is the page of the program itself.</summary>
    public bool IsRoot { get; }

    /// <summary>The shape of a command line.</summary>
    public string Usage { get; }

    /// <summary>Paragraphs; the first sentence says what the command does.</summary>
    public IReadOnlyList<string> Description { get; }

    /// <summary>The first sentence.</summary>
    public string Summary => FirstSentence(Description[0]);

    /// <summary>Command lines, some with an explanation behind them.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Paragraphs that follow the examples.</summary>
    public IReadOnlyList<string> Notes { get; }

    public IReadOnlyList<HelpEntry> Arguments { get; }

    /// <summary>Options of this command alone.</summary>
    public IReadOnlyList<HelpEntry> Options { get; }

    /// <summary>Options that every command has.</summary>
    public IReadOnlyList<HelpEntry> GlobalOptions { get; }

    public IReadOnlyList<CommandPage> Commands { get; }

    /// <summary>The commands below, each followed by those below it.</summary>
    public IEnumerable<CommandPage> AllCommands => Commands.SelectMany(c => c.AllCommands.Prepend(c));

    /// <summary>The root is called as the command is installed, whatever runs it.</summary>
    private static string DisplayName(Command command) => command is RootCommand ? "vgg" : command.Name;

    private static IEnumerable<Command> Parents(Command command)
    {
        for (var parent = command.Parents.OfType<Command>().FirstOrDefault(); parent is not null; parent = parent.Parents.OfType<Command>().FirstOrDefault())
        {
            yield return parent;
        }
    }

    private static bool IsExamples(string paragraph) => paragraph.StartsWith(ExamplesHeading, StringComparison.Ordinal);

    private static bool IsGlobal(Option option) => option.Recursive || option is HelpOption;

    private static string Unwrap(string paragraph) => string.Join(' ', paragraph.Split('\n').Select(line => line.Trim()));

    private static string FirstSentence(string text)
    {
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }

    private static string Term(Argument argument)
    {
        var name = argument.HelpName ?? argument.Name;
        var repeated = argument.Arity.MaximumNumberOfValues > 1 ? $"{name}..." : name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{repeated}]" : repeated;
    }

    private static string Term(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).Distinct().OrderBy(n => n.Length));
        return Value(option) is { } value ? $"{names} {value}" : names;
    }

    /// <summary>What stands for an option's value: its name, or the words that it may be.</summary>
    private static string? Value(Option option)
    {
        if (option.HelpName is not null)
        {
            return option.HelpName;
        }

        var words = option.GetCompletions(CompletionContext.Empty).Select(c => c.Label.ToLowerInvariant()).ToList();
        return option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0 ? null
            : words.Count > 0 ? string.Join('|', words)
            : option.Name.TrimStart('-').ToUpperInvariant();
    }

    private static string Describe(Option option)
    {
        var value = option.HasDefaultValue && option.ValueType != typeof(bool) ? option.GetDefaultValue() : null;
        var text = value is Enum ? $"{value}".ToLowerInvariant() : Convert.ToString(value, CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(text) ? option.Description ?? string.Empty : $"{option.Description} [default: {text}]";
    }
}
