using System.Globalization;

namespace Gpu.Cli.Catalogue.Queries;

/// <summary>
/// Reads queries such as <c>school bus@center AND NOT (face OR "wine bottle">5%)</c> by recursive descent. The grammar:
/// <code>
/// query    = both { OR both }
/// both     = operand { AND operand }
/// operand  = NOT operand | ( query ) | region
/// region   = name [ @ position ] [ > number % ]
/// name     = word { word } | "words"
/// </code>
/// </summary>
internal sealed class QueryParser
{
    /// <summary>Deeper queries are no person's, and would exhaust the stack or SQLite.</summary>
    private const int MaximumDepth = 50;

    /// <summary>Each condition is a table in the statement, of which SQLite joins no more than 500.</summary>
    private const int MaximumRegions = 100;

    private readonly IReadOnlyList<QueryToken> tokens;
    private int next;
    private int depth;
    private int regions;

    private QueryParser(string text) => tokens = [.. QueryToken.Split(text)];

    private QueryToken Current => tokens[next];

    /// <summary>Reads a query.</summary>
    /// <exception cref="UsageException">It is none; the message points at the column.</exception>
    public static PictureQuery Parse(string text)
    {
        var parser = new QueryParser(text);
        var query = parser.ReadQuery();
        return parser.Current.Kind == TokenKind.End
            ? query
            : throw Wrong(parser.Current.Column, $"expected AND, OR or the end, found {parser.Current}");
    }

    /// <summary>A complaint about a query.</summary>
    /// <param name="column">Where, from 1.</param>
    /// <param name="problem">What is wrong, without the full stop.</param>
    public static UsageException Wrong(int column, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"find: column {column}: {problem}."));

    private PictureQuery ReadQuery()
    {
        if (++depth > MaximumDepth)
        {
            throw Wrong(Current.Column, $"the query is nested more than {MaximumDepth} deep");
        }

        var query = ReadBoth();
        while (Takes(TokenKind.Operator, "OR"))
        {
            query = new OrQuery(query, ReadBoth());
        }

        depth--;
        return query;
    }

    private PictureQuery ReadBoth()
    {
        var query = ReadOperand();
        while (Takes(TokenKind.Operator, "AND"))
        {
            query = new AndQuery(query, ReadOperand());
        }

        return query;
    }

    private PictureQuery ReadOperand()
    {
        var negations = 0;
        while (Takes(TokenKind.Operator, "NOT"))
        {
            negations++;
        }

        var query = ReadPositive();
        if (negations > MaximumDepth)
        {
            throw Wrong(Current.Column, $"the query is nested more than {MaximumDepth} deep");
        }

        for (; negations > 0; negations--)
        {
            query = new NotQuery(query);
        }

        return query;
    }

    private PictureQuery ReadPositive()
    {
        var opening = Current;
        if (!Takes(TokenKind.Sign, "("))
        {
            return ReadRegion();
        }

        var query = ReadQuery();
        return Takes(TokenKind.Sign, ")") ? query : throw Wrong(opening.Column, $"this parenthesis is not closed before {Current}");
    }

    private RegionQuery ReadRegion()
    {
        if (++regions > MaximumRegions)
        {
            throw Wrong(Current.Column, $"the query names more than {MaximumRegions} classes");
        }

        var name = ReadName();
        var position = Takes(TokenKind.Sign, "@") ? ReadPosition() : null;
        double? percent = Takes(TokenKind.Sign, ">") ? ReadPercent() : null;
        return new RegionQuery(name, position, percent);
    }

    private string ReadName()
    {
        if (Current.Kind == TokenKind.Quoted)
        {
            return Current.Text.Trim().Length > 0 ? tokens[next++].Text : throw Wrong(Current.Column, "the quotes hold no class name");
        }

        var words = tokens.Skip(next).TakeWhile(t => t.Kind == TokenKind.Word).Select(t => t.Text).ToList();
        next += words.Count;
        return words.Count > 0 ? string.Join(' ', words) : throw Wrong(Current.Column, $"expected a class name, found {Current}");
    }

    private PositionPattern ReadPosition()
    {
        var position = Current.Kind == TokenKind.Word ? PositionPattern.Parse(Current.Text) : null;
        if (position is null)
        {
            throw Wrong(Current.Column, $"{Current} is no position; there are {string.Join(", ", PositionPattern.Words)}");
        }

        next++;
        return position;
    }

    private double ReadPercent()
    {
        if (Current.Kind != TokenKind.Word
            || !double.TryParse(Current.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            || percent > 100)
        {
            throw Wrong(Current.Column, $"expected a share of the picture such as 5%, found {Current}");
        }

        next++;
        return Takes(TokenKind.Sign, "%") ? percent : throw Wrong(Current.Column, $"expected % after the share, found {Current}");
    }

    private bool Takes(TokenKind kind, string text)
    {
        if (Current.Kind != kind || Current.Text != text)
        {
            return false;
        }

        next++;
        return true;
    }
}
