using Gpu.Loader.Labels;

namespace Gpu.Cli.Catalogue.Queries;

/// <summary>
/// A query as one SQL statement. Its text is made of constants and numbered names; all that a user wrote is in the parameters. A
/// picture is tested by looking it up among those that have a region of each condition, and its score is the sum of confidence x share
/// over its regions that fulfil a condition which is not denied.
/// </summary>
internal sealed class QueryStatement
{
    /// <summary>
    /// Columns of the statement's rows, best pictures first: a row for each file of a picture and each of its regions that count. A
    /// picture without files has a row without path.
    /// </summary>
    public const int Picture = 0, Path = 1, Score = 2, Width = 3, Height = 4, BestClass = 5, Class = 6, Confidence = 7, Share = 8, Box = 9, Mean = 13, Position = 15;

    private const double PercentOfWhole = 100;

    private readonly ClassNames names;
    private readonly List<(string Name, object? Value)> parameters = [];
    private readonly List<(string Text, HashSet<int> Classes)> counted = [];

    /// <summary>Compiles a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="names">The classes of the database.</param>
    /// <exception cref="ClassNameException">A name means no class, or several.</exception>
    public QueryStatement(PictureQuery query, ClassNames names)
    {
        this.names = names;
        var condition = Condition(query, isWanted: true);

        // Where a picture without regions is no answer, only those that have a score need be tested.
        var tested = query.AcceptsNothing
            ? "(SELECT id AS picture, coalesce(score, 0) AS score FROM pictures LEFT JOIN scores ON scores.picture = id)"
            : "scores";
        Sql = $"""
            WITH scores (picture, score) AS MATERIALIZED (SELECT picture, sum(score) FROM ({CountedRegions()}) GROUP BY picture),
            answers (picture, score) AS MATERIALIZED (SELECT picture, score FROM {tested} WHERE {condition} ORDER BY 2 DESC, 1 LIMIT $limit OFFSET $offset)
            SELECT answers.picture, path, answers.score, pictures.width, pictures.height,
                (SELECT class FROM predictions WHERE predictions.picture = answers.picture AND rank = 1),
                class, confidence, share, x, y, regions.width, regions.height, mean_x, mean_y, vertical, horizontal
            FROM answers JOIN pictures ON pictures.id = answers.picture
            LEFT JOIN files ON files.picture = answers.picture
            LEFT JOIN regions ON regions.picture = answers.picture AND ({Any(counted.Select(c => c.Text))})
            ORDER BY answers.score DESC, answers.picture, path, confidence * share DESC, regions.id
            """;
    }

    /// <summary>The statement.</summary>
    public string Sql { get; }

    /// <summary>Values of its parameters, for a part of the answers.</summary>
    /// <param name="offset">Pictures to leave out.</param>
    /// <param name="limit">Pictures to give.</param>
    public IEnumerable<(string Name, object? Value)> Parameters(int offset, int limit) => [.. parameters, ("$offset", offset), ("$limit", limit)];

    private static string Any(IEnumerable<string> conditions) => string.Join(" OR ", conditions.Select(c => $"({c})").DefaultIfEmpty("FALSE"));

    /// <summary>The regions that count, each once though it may fulfil several conditions.</summary>
    private string CountedRegions()
    {
        var selections = counted.Select((condition, number) =>
        {
            var before = counted.Take(number).Where(c => c.Classes.Overlaps(condition.Classes)).Select(c => c.Text);
            return $"SELECT picture, confidence * share AS score FROM regions WHERE {condition.Text} AND NOT ({Any(before)})";
        });
        return string.Join(" UNION ALL ", selections.DefaultIfEmpty("SELECT NULL AS picture, NULL AS score WHERE FALSE"));
    }

    /// <summary>The test of a picture.</summary>
    /// <param name="query">What to test.</param>
    /// <param name="isWanted">Whether no or an even number of NOTs stands before it, so that its regions count.</param>
    private string Condition(PictureQuery query, bool isWanted) => query switch
    {
        RegionQuery region => $"picture IN (SELECT picture FROM regions WHERE {Condition(region, isWanted)})",
        NotQuery not => $"NOT {Condition(not.Operand, !isWanted)}",
        AndQuery both => $"({Condition(both.Left, isWanted)} AND {Condition(both.Right, isWanted)})",
        OrQuery either => $"({Condition(either.Left, isWanted)} OR {Condition(either.Right, isWanted)})",
        _ => throw new ArgumentOutOfRangeException(nameof(query)),
    };

    /// <summary>The test of a region.</summary>
    private string Condition(RegionQuery region, bool isWanted)
    {
        var classes = names.Find(region.Name).Select(label => label.Index).ToHashSet();
        var tests = new List<string> { $"class IN ({string.Join(", ", classes.Select(c => Parameter(c)))})" };
        if (region.Position?.Vertical is { } vertical)
        {
            tests.Add($"vertical = {Parameter((int)vertical)}");
        }

        if (region.Position?.Horizontal is { } horizontal)
        {
            tests.Add($"horizontal = {Parameter((int)horizontal)}");
        }

        if (region.Percent is { } percent)
        {
            tests.Add($"share > {Parameter(percent / PercentOfWhole)}");
        }

        var text = string.Join(" AND ", tests);
        if (isWanted)
        {
            counted.Add((text, classes));
        }

        return text;
    }

    private string Parameter(object value)
    {
        var name = $"$p{parameters.Count}";
        parameters.Add((name, value));
        return name;
    }
}
