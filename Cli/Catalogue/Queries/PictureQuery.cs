using System.Globalization;

namespace Gpu.Cli.Catalogue.Queries;

/// <summary>
/// What pictures shall show, as a tree; its text, which <see cref="QueryParser"/> reads back as an equal tree, has parentheses only
/// where precedence (NOT before AND before OR, from left to right) asks for them.
/// </summary>
internal abstract record PictureQuery
{
    /// <summary>How tightly the outermost operator binds.</summary>
    protected abstract int Precedence { get; }

    /// <summary>Whether a picture without any region that a condition asks for would be an answer, as with <c>NOT face</c>.</summary>
    public abstract bool AcceptsNothing { get; }

    /// <inheritdoc/>
    public abstract override string ToString();

    /// <summary>The text of an operand, in parentheses if it binds less tightly than it must here.</summary>
    protected static string Bracketed(PictureQuery query, int least) => query.Precedence < least ? $"({query})" : query.ToString();
}

/// <summary>A picture has a region of a class.</summary>
/// <param name="Name">The class as <see cref="Loader.Labels.ClassNames"/> finds it.</param>
/// <param name="Position">Where the region's mean lies, or null for anywhere.</param>
/// <param name="Percent">The region covers more than so many percent of the picture; null for any size.</param>
internal sealed record RegionQuery(string Name, PositionPattern? Position = null, double? Percent = null) : PictureQuery
{
    /// <inheritdoc/>
    public override bool AcceptsNothing => false;

    /// <inheritdoc/>
    protected override int Precedence => 3;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"\"{Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"{(Position is null ? "" : $"@{Position}")}{(Percent is null ? "" : $">{Percent:0.################}%")}");
}

/// <summary>A picture is no answer to a query.</summary>
internal sealed record NotQuery(PictureQuery Operand) : PictureQuery
{
    /// <inheritdoc/>
    public override bool AcceptsNothing => !Operand.AcceptsNothing;

    /// <inheritdoc/>
    protected override int Precedence => 2;

    /// <inheritdoc/>
    public override string ToString() => $"NOT {Bracketed(Operand, Precedence)}";
}

/// <summary>A picture is an answer to two queries.</summary>
internal sealed record AndQuery(PictureQuery Left, PictureQuery Right) : PictureQuery
{
    /// <inheritdoc/>
    public override bool AcceptsNothing => Left.AcceptsNothing && Right.AcceptsNothing;

    /// <inheritdoc/>
    protected override int Precedence => 1;

    /// <inheritdoc/>
    public override string ToString() => $"{Bracketed(Left, Precedence)} AND {Bracketed(Right, Precedence + 1)}";
}

/// <summary>A picture is an answer to one of two queries at least.</summary>
internal sealed record OrQuery(PictureQuery Left, PictureQuery Right) : PictureQuery
{
    /// <inheritdoc/>
    public override bool AcceptsNothing => Left.AcceptsNothing || Right.AcceptsNothing;

    /// <inheritdoc/>
    protected override int Precedence => 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Bracketed(Left, Precedence)} OR {Bracketed(Right, Precedence + 1)}";
}
