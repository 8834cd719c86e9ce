using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;

namespace Gpu.Cli;

/// <summary>
/// Values of options that the command line leaves out: <c>$VGG_DEVICE</c> stands for <c>--device</c>, <c>$VGG_RESIZE_SIDE</c> for
/// <c>--resize-side</c>; after them the configuration file <c>config.json</c> counts, such as
/// <c>{ "device": "cpu", "classify": { "top": 3 } }</c>, whose objects are for one command.
/// </summary>
internal sealed class Settings
{
    private const string Prefix = "VGG_";
    private const string FileVariable = Prefix + "CONFIG";

    /// <summary>A file of options has some hundred bytes.</summary>
    private const int MaximumFileLength = 1 << 20;

    private readonly Func<string, string?> environment;
    private readonly JsonElement? file;
    private readonly string path;

    /// <summary>Reads the configuration file.</summary>
    /// <param name="environment">Gives the value of an environment variable, or null.</param>
    /// <exception cref="UsageException">There is one, but it cannot be used.</exception>
    public Settings(Func<string, string?> environment)
    {
        this.environment = environment;
        var named = environment(FileVariable);
        path = named is { Length: > 0 }
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "vgg", "config.json");
        file = named is { Length: > 0 } || File.Exists(path) ? Read(path) : null;
    }

    /// <summary>Completes a command line, right behind the command's name, so that what follows <c>--</c> stays what it is.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="parsed">The command line as it was given.</param>
    /// <param name="arguments">The same, as words.</param>
    /// <returns>The whole command line, and what of it comes from here, for messages.</returns>
    /// <exception cref="UsageException">The configuration file has what no command knows.</exception>
    public (string[] Arguments, IReadOnlyList<string> Sources) Complete(Command root, ParseResult parsed, string[] arguments)
    {
        CheckNames(root);
        List<string> path = [.. Ancestors(parsed.CommandResult.Command, root)];
        if (path.Count == 0)
        {
            return (arguments, []);
        }

        var (words, sources) = (new List<string>(), new List<string>());
        foreach (var option in parsed.CommandResult.Command.Options.Concat(root.Options).Where(IsSettable))
        {
            if (parsed.GetResult(option) is null or { Implicit: true } && Find(option, path[0]) is var (value, source))
            {
                words.Add($"{option.Name}={value}");
                sources.Add(source);
            }
        }

        var place = 0;
        foreach (var name in path)
        {
            place = Array.IndexOf(arguments, name, place) + 1;
        }

        return ([.. arguments[..place], .. words, .. arguments[place..]], sources);
    }

    /// <summary>Names of the commands from below the root to this one.</summary>
    private static IEnumerable<string> Ancestors(Command command, Command root) =>
        command == root ? [] : [.. command.Parents.OfType<Command>().Take(1).SelectMany(parent => Ancestors(parent, root)), command.Name];

    /// <summary>The options of a command and of those below it, whose section in the file is the same.</summary>
    private static IEnumerable<Option> OptionsOf(Command command) => command.Options.Concat(command.Subcommands.SelectMany(OptionsOf));

    private static bool IsSettable(Option option) => option is not (HelpOption or VersionOption) && !option.Hidden;

    private static JsonElement Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumFileLength })
            {
                throw new UsageException($"The configuration '{path}' is larger than {MaximumFileLength} bytes, so it is none.");
            }

            using var document = JsonDocument.Parse(
                File.ReadAllText(path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new UsageException($"The configuration '{path}' is no JSON object; write options as {{ \"device\": \"cpu\" }}.");
        }
        catch (JsonException exception)
        {
            throw new UsageException($"The configuration '{path}' is no JSON: line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The configuration '{path}' cannot be read ({exception.Message.TrimEnd('.')}).");
        }
    }

    private static string NameOf(Option option) => option.Name.TrimStart('-');

    private (string Value, string Source)? Find(Option option, string command)
    {
        var variable = Prefix + NameOf(option).Replace('-', '_').ToUpperInvariant();
        if (environment(variable) is { Length: > 0 } value)
        {
            return (value, $"${variable}");
        }

        var ofCommand = file is { } all && all.TryGetProperty(command, out var section) && section.TryGetProperty(NameOf(option), out var own) ? own : (JsonElement?)null;
        return (ofCommand ?? (file is { } root && root.TryGetProperty(NameOf(option), out var common) ? common : null)) is { } found
            ? (found.ToString(), $"'{path}'")
            : null;
    }

    /// <summary>A misspelt option in the file would have no effect and say nothing.</summary>
    private void CheckNames(Command root)
    {
        foreach (var entry in file?.EnumerateObject() ?? default)
        {
            var command = root.Subcommands.FirstOrDefault(c => c.Name == entry.Name);
            if (command is not null && entry.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var inner in entry.Value.EnumerateObject())
                {
                    Check(inner, $"'vgg {command.Name}'", OptionsOf(command).Concat(root.Options));
                }
            }
            else
            {
                Check(entry, "any command", OptionsOf(root));
            }
        }
    }

    private void Check(JsonProperty entry, string owner, IEnumerable<Option> options)
    {
        if (!options.Any(o => IsSettable(o) && NameOf(o) == entry.Name))
        {
            throw new UsageException($"The configuration '{path}' has '{entry.Name}', which is no option of {owner}.");
        }

        if (entry.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
        {
            throw new UsageException($"The configuration '{path}' has '{entry.Name}' with a value that is no text, number, true or false.");
        }
    }
}
