using System.CommandLine;
using System.CommandLine.Parsing;

namespace Gpu.Cli.Commands;

/// <summary>Checks of options' values.</summary>
internal static class OptionChecks
{
    /// <summary>Refuses values that do not hold. What is no value of the type at all is refused by the parser, in its own words.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether a value may be used.</param>
    /// <param name="sentence">What to say of one that may not.</param>
    public static void Require<T>(this Option<T> option, Func<T?, bool> holds, string sentence) => option.Validators.Add(result =>
    {
        if (TryGetValue<T>(result, out var value) && !holds(value))
        {
            result.AddError(sentence);
        }
    });

    private static bool TryGetValue<T>(OptionResult result, out T? value)
    {
        try
        {
            value = result.GetValueOrDefault<T>();
            return true;
        }
        catch (InvalidOperationException)
        {
            value = default;
            return false;
        }
    }
}
