namespace Gpu.Loader.Labels;

/// <summary>
/// Finds classes by what people call them: a name or any synonym (<c>cab, hack, taxi, taxicab</c> has four), a unique beginning of
/// one, an index or a WordNet id. Case, hyphens, underscores and repeated blanks make no difference.
/// </summary>
public sealed class ClassNames
{
    private const int MaximumSuggestions = 5;

    private readonly IReadOnlyList<ClassLabel> labels;
    private readonly List<(string Name, ClassLabel Label)> names;

    /// <summary>Prepares the names of a network's classes.</summary>
    /// <param name="labels">The classes.</param>
    public ClassNames(IReadOnlyList<ClassLabel> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        this.labels = labels;
        names =
        [
            .. labels.SelectMany(label => label.Name.Split(',').Append(label.Name).Select(name => (Normalize(name), label)).Distinct()),
        ];
    }

    /// <summary>Finds what a name means.</summary>
    /// <param name="name">What the user wrote.</param>
    /// <returns>The class, or those that share the name, as ImageNet's bird and its machine both are <c>crane</c>.</returns>
    /// <exception cref="ClassNameException">No class is named like that, or several begin so.</exception>
    public IReadOnlyList<ClassLabel> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = Normalize(name);
        if (labels.Where(l => $"{l.Index}" == wanted || string.Equals(l.WordNetId, wanted, StringComparison.Ordinal)).ToList() is [_] identified)
        {
            return identified;
        }

        if (Matching(n => n == wanted) is [_, ..] exact)
        {
            return exact;
        }

        var beginning = wanted.Length == 0 ? [] : Matching(n => n.StartsWith(wanted, StringComparison.Ordinal));
        return beginning switch
        {
            [_] => beginning,
            [] => throw new ClassNameException(Unknown(name, wanted)),
            _ => throw new ClassNameException($"'{name}' may be {Listed(beginning.Select(FirstName))}; write more of the name."),
        };
    }

    private static string FirstName(ClassLabel label) => label.Name.Split(',')[0].Trim();

    private static string Normalize(string name) =>
        string.Join(' ', name.Replace('-', ' ').Replace('_', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    private static string Listed(IEnumerable<string> names)
    {
        var all = names.Distinct().ToList();
        var shown = all.Take(MaximumSuggestions).Select(n => $"'{n}'").ToList();
        return all.Count > shown.Count
            ? $"{string.Join(", ", shown)} or {all.Count - shown.Count} more"
            : string.Join(" or ", new[] { string.Join(", ", shown.SkipLast(1)), shown[^1] }.Where(part => part.Length > 0));
    }

    private List<ClassLabel> Matching(Func<string, bool> condition) => [.. names.Where(n => condition(n.Name)).Select(n => n.Label).Distinct()];

    private string Unknown(string name, string wanted)
    {
        var containing = wanted.Length == 0 ? [] : Matching(n => $" {n} ".Contains($" {wanted} ", StringComparison.Ordinal)).Select(FirstName).ToList();
        var near = containing.Count > 0
            ? containing
            : [.. names
                .Select(n => (n.Name, Edits: EditDistance.Between(wanted, n.Name)))
                .Where(n => n.Edits <= Math.Max(1, wanted.Length / 3))
                .OrderBy(n => n.Edits).Select(n => n.Name).Take(MaximumSuggestions)];
        return near.Count > 0
            ? $"No class is named '{name}'; did you mean {Listed(near)}?"
            : $"No class is named '{name}'; the network has {labels.Count} classes, from {Listed([FirstName(labels[0])])} to {Listed([FirstName(labels[^1])])}.";
    }
}
