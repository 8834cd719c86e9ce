using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>Options whose value is a number within bounds.</summary>
internal static class BoundedOption
{
    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is.</param>
    /// <param name="value">Its value if it is not given.</param>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static Option<int> Create(string name, string description, int value, int minimum, int maximum)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Require(n => n >= minimum && n <= maximum, $"{name} is from {minimum} to {maximum}.");
        return option;
    }
}
