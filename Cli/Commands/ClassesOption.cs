using System.CommandLine;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Commands;

/// <summary>The option that names some of a network's classes.</summary>
internal sealed class ClassesOption
{
    private readonly Option<string[]> classes;

    /// <summary>Describes the option.</summary>
    /// <param name="description">What becomes of the classes that are named.</param>
    /// <param name="isRequired">Whether at least one must be.</param>
    public ClassesOption(string description, bool isRequired = false)
    {
        classes = new Option<string[]>("--class", "--classes", "-c")
        {
            Description = $"{description} Names or unique beginnings, with commas.",
            HelpName = "NAME",
            Required = isRequired,
        };
        classes.CompletionSources.Add(context => ModelOptions.LikelyLabels(context.ParseResult).Select(l => l.Name.Split(',')[0]));
    }

    /// <summary>Adds the option to a command.</summary>
    public ClassesOption AddTo(Command command)
    {
        command.Add(classes);
        return this;
    }

    /// <summary>The classes that are named, by index; null if none is.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="labels">The network's classes.</param>
    /// <exception cref="ClassNameException">A name means no class.</exception>
    public IReadOnlyList<ClassLabel>? Read(ParseResult parsed, IReadOnlyList<ClassLabel> labels)
    {
        var names = new ClassNames(labels);
        return parsed.GetValue(classes) is [_, ..] given
            ? [.. given.SelectMany(g => g.Split(',')).SelectMany(names.Find).Distinct().OrderBy(c => c.Index)]
            : null;
    }
}
