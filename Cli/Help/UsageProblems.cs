using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Help;

/// <summary>What is wrong with a command line, with the word that may have been meant.</summary>
internal static partial class UsageProblems
{
    private const RegexOptions Explicit = RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    /// <summary>One sentence each; none if the command line can be run.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] misspelt = [.. MisspeltOptions(parsed).Select(word => $"There is no option '{word}'{Suggestion(word, OptionNames(parsed))}")];
        if (misspelt.Length > 0)
        {
            return misspelt;
        }

        return command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var first, ..]
            ? [$"There is no command '{first}'{Suggestion(first, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}"]
            : [.. parsed.Errors.Select(e => Plain(e.Message)).Distinct()];
    }

    /// <summary>A message of the parser, which names types and lists words line by line, as one sentence.</summary>
    private static string Plain(string message)
    {
        var words = string.Join(", ", message.Split('\n').Skip(1).Select(w => w.Trim().Trim('\'').ToLowerInvariant()));
        if (Unrecognized().Match(message) is { Success: true } other)
        {
            return $"'{other.Groups["value"]}' is not one of {words}.";
        }

        return Unparsed().Match(message) is { Success: true } wrong
            ? $"{wrong.Groups["name"]} takes {Expected(wrong.Groups["type"].Value, words)}, not '{wrong.Groups["value"]}'."
            : message;
    }

    private static string Expected(string type, string words) => type switch
    {
        _ when words.Length > 0 => $"one of {words}",
        _ when type.Contains("System.Int", StringComparison.Ordinal) => "a whole number",
        _ => "a number",
    };

    [GeneratedRegex(@"^Argument '(?<value>.*)' not recognized\. Must be one of:", Explicit)]
    private static partial Regex Unrecognized();

    [GeneratedRegex(@"^Cannot parse argument '(?<value>.*)' for (option|command|argument) '(?<name>.*)' as expected type '(?<type>.*)'\.", Explicit)]
    private static partial Regex Unparsed();

    /// <summary>
    /// Words before any <c>--</c> that look like an option and are none. Where a command takes any number of files, the parser takes
    /// them for one.
    /// </summary>
    private static IEnumerable<string> MisspeltOptions(ParseResult parsed) => parsed.Tokens
        .TakeWhile(t => t.Type != TokenType.DoubleDash)
        .Where(t => t.Type == TokenType.Argument && t.Value is ['-', _, ..] && !double.TryParse(t.Value, CultureInfo.InvariantCulture, out _))
        .Select(t => t.Value.Split('=')[0]);

    private static IEnumerable<string> OptionNames(ParseResult parsed)
    {
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
        {
            foreach (var option in command.Command.Options.Where(o => !o.Hidden))
            {
                yield return option.Name;
            }
        }
    }

    /// <summary>The name that a word is nearest to, at most a third of its letters away.</summary>
    private static string Suggestion(string word, IEnumerable<string> names)
    {
        var (name, edits) = names.Select(n => (Name: n, Edits: EditDistance.Between(word.ToLowerInvariant(), n))).MinBy(n => n.Edits);
        return edits <= Math.Max(1, word.Length / 3) ? $"; did you mean '{name}'?" : ".";
    }
}
