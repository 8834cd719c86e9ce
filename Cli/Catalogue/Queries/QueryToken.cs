namespace Gpu.Cli.Catalogue.Queries;

/// <summary>What a piece of a query's text is.</summary>
internal enum TokenKind
{
    /// <summary>A word of a name, a position or a number.</summary>
    Word,

    /// <summary>A name in quotes; the text is what they hold.</summary>
    Quoted,

    /// <summary>AND, OR or NOT, in capitals.</summary>
    Operator,

    /// <summary>One of <c>( ) @ &gt; %</c>.</summary>
    Sign,

    /// <summary>The end of the query.</summary>
    End,
}

/// <summary>A piece of a query's text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, that of a quoted name without the quotes.</param>
/// <param name="Column">Where it begins, from 1.</param>
internal readonly record struct QueryToken(TokenKind Kind, string Text, int Column)
{
    private const string Signs = "()@>%";

    private const char Quote = '"';

    /// <summary>The pieces of a query, the last of which is its end.</summary>
    /// <exception cref="UsageException">A quote is not closed.</exception>
    public static IEnumerable<QueryToken> Split(string query)
    {
        for (var place = 0; place < query.Length;)
        {
            var start = place;
            var kind = TokenKind.Word;
            if (char.IsWhiteSpace(query[place]))
            {
                place++;
                continue;
            }

            if (query[place] == Quote)
            {
                yield return ReadQuoted(query, ref place);
                continue;
            }

            if (Signs.Contains(query[place], StringComparison.Ordinal))
            {
                kind = TokenKind.Sign;
                place++;
            }
            else
            {
                while (place < query.Length && query[place] != Quote && !char.IsWhiteSpace(query[place]) && !Signs.Contains(query[place], StringComparison.Ordinal))
                {
                    place++;
                }
            }

            var text = query[start..place];
            yield return new QueryToken(text is "AND" or "OR" or "NOT" ? TokenKind.Operator : kind, text, start + 1);
        }

        yield return new QueryToken(TokenKind.End, "the end", query.Length + 1);
    }

    /// <inheritdoc/>
    public override string ToString() => Kind == TokenKind.End ? Text : $"'{Text}'";

    /// <summary>Reads a name to the quote that closes it; two quotes in it stand for one.</summary>
    private static QueryToken ReadQuoted(string query, ref int place)
    {
        var start = place;
        var end = start;
        do
        {
            end = query.IndexOf(Quote, end + 1);
            if (end < 0)
            {
                throw QueryParser.Wrong(start + 1, "this quote is not closed");
            }
        }
        while (end + 1 < query.Length && query[end + 1] == Quote && ++end > 0);

        place = end + 1;
        return new QueryToken(TokenKind.Quoted, query[(start + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal), start + 1);
    }
}
