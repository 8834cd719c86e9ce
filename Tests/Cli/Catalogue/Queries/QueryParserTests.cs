using Gpu.Cli;
using Gpu.Cli.Catalogue.Queries;
using Gpu.Engine.Results;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Catalogue.Queries;

internal sealed class QueryParserTests
{
    private static readonly RegionQuery A = new("a");
    private static readonly RegionQuery B = new("b");
    private static readonly RegionQuery C = new("c");

    [Test]
    public void Not_binds_before_and_before_or_from_left_to_right() => Assert.Multiple(() =>
    {
        Assert.That(QueryParser.Parse("a OR b AND c"), Is.EqualTo(new OrQuery(A, new AndQuery(B, C))));
        Assert.That(QueryParser.Parse("NOT a AND b"), Is.EqualTo(new AndQuery(new NotQuery(A), B)));
        Assert.That(QueryParser.Parse("a OR b OR c"), Is.EqualTo(new OrQuery(new OrQuery(A, B), C)));
        Assert.That(QueryParser.Parse("a AND b AND c"), Is.EqualTo(new AndQuery(new AndQuery(A, B), C)));
        Assert.That(QueryParser.Parse("(a OR b) AND c"), Is.EqualTo(new AndQuery(new OrQuery(A, B), C)));
        Assert.That(QueryParser.Parse("NOT NOT (a OR b)"), Is.EqualTo(new NotQuery(new NotQuery(new OrQuery(A, B)))));
    });

    [TestCase("school   bus", "school bus")]
    [TestCase("\"wine bottle\"", "wine bottle")]
    [TestCase("cab, hack", "cab, hack")]
    [TestCase("\"NOT (a) 5% \"\"quoted\"\" @left\"", "NOT (a) 5% \"quoted\" @left")]
    [TestCase("\"\"\"\"", "\"")]
    [TestCase("jack-o'-lantern", "jack-o'-lantern")]
    [TestCase("black and tan coonhound", "black and tan coonhound")]
    public void A_name_is_words_or_quoted(string text, string name) =>
        Assert.That(QueryParser.Parse(text), Is.EqualTo(new RegionQuery(name)));

    [TestCase("left", null, HorizontalThird.Left)]
    [TestCase("middle-left", VerticalThird.Middle, HorizontalThird.Left)]
    [TestCase("TOP-left", VerticalThird.Top, HorizontalThird.Left)]
    [TestCase("top", VerticalThird.Top, null)]
    [TestCase("top-centre", VerticalThird.Top, HorizontalThird.Center)]
    [TestCase("middle", VerticalThird.Middle, null)]
    [TestCase("center", VerticalThird.Middle, HorizontalThird.Center)]
    [TestCase("middle-center", VerticalThird.Middle, HorizontalThird.Center)]
    public void A_position_is_a_third_or_one_of_nine_parts(string word, VerticalThird? vertical, HorizontalThird? horizontal) =>
        Assert.That(QueryParser.Parse($"a@{word} > 5.5%"), Is.EqualTo(new RegionQuery("a", new PositionPattern(vertical, horizontal), 5.5)));

    [Test]
    public void The_words_that_describe_a_position_in_results_find_it() => Assert.Multiple(() =>
    {
        foreach (var vertical in Enum.GetValues<VerticalThird>())
        {
            foreach (var horizontal in Enum.GetValues<HorizontalThird>())
            {
                var pattern = PositionPattern.Parse(new PicturePosition(vertical, horizontal).ToString())!;
                Assert.That((pattern.Vertical ?? vertical, pattern.Horizontal ?? horizontal), Is.EqualTo((vertical, horizontal)));
            }
        }
    });

    [TestCase("", 1, "expected a class name, found the end")]
    [TestCase("a AND", 6, "expected a class name, found the end")]
    [TestCase("a AND OR b", 7, "expected a class name, found 'OR'")]
    [TestCase("school bus AND )", 16, "expected a class name, found ')'")]
    [TestCase("(a OR b", 1, "this parenthesis is not closed")]
    [TestCase("a)", 2, "expected AND, OR or the end, found ')'")]
    [TestCase("\"a\" b", 5, "expected AND, OR or the end, found 'b'")]
    [TestCase("a NOT b", 3, "expected AND, OR or the end, found 'NOT'")]
    [TestCase("a@nowhere", 3, "'nowhere' is no position")]
    [TestCase("a@", 3, "the end is no position")]
    [TestCase("a>big", 3, "expected a share of the picture such as 5%")]
    [TestCase("a>101%", 3, "expected a share of the picture such as 5%")]
    [TestCase("a>-1%", 3, "expected a share of the picture such as 5%")]
    [TestCase("a>5", 4, "expected % after the share")]
    [TestCase("a AND \"b", 7, "this quote is not closed")]
    [TestCase("\"\"", 1, "the quotes hold no class name")]
    public void What_is_no_query_is_told_with_its_column(string text, int column, string problem) => Assert.That(
        () => QueryParser.Parse(text),
        Throws.TypeOf<UsageException>().With.Message.StartsWith($"find: column {column}: {problem}").And.Message.EndsWith("."));

    [Test]
    public void Endless_nesting_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(() => QueryParser.Parse(new string('(', 100_000) + "a"), Throws.TypeOf<UsageException>());
        Assert.That(() => QueryParser.Parse(string.Concat(Enumerable.Repeat("NOT ", 100_000)) + "a"), Throws.TypeOf<UsageException>());
        Assert.That(() => QueryParser.Parse(string.Join(" OR ", Enumerable.Repeat("a", 100_000))), Throws.TypeOf<UsageException>());
    });

    [Test]
    public void Printed_and_parsed_again_a_query_is_the_same()
    {
        var random = new Random(20);
        for (var trial = 0; trial < 2000; trial++)
        {
            var query = RandomQuery(random, depth: random.Next(6));
            Assert.That(QueryParser.Parse(query.ToString()), Is.EqualTo(query), query.ToString());
        }
    }

    [Test]
    public void Arbitrary_text_is_a_query_or_a_usage_error()
    {
        string[] pieces = ["a", "b c", "AND", "OR", "NOT", "(", ")", "@", "left", ">", "5", "%", "\"", " ", "é", "\0"];
        var random = new Random(21);
        for (var trial = 0; trial < 5000; trial++)
        {
            var text = string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                var query = QueryParser.Parse(text);
                Assert.That(QueryParser.Parse(query.ToString()), Is.EqualTo(query), text);
            }
            catch (UsageException)
            {
                // Said in one sentence.
            }
        }
    }

    private static PictureQuery RandomQuery(Random random, int depth)
    {
        if (depth == 0)
        {
            string[] names = ["a", "school bus", "cab, hack", "say \"x\"", "AND", "5%", "(b", "jack-o'-lantern", "é@>"];
            string[] positions = [.. PositionPattern.Words];
            return new RegionQuery(
                names[random.Next(names.Length)],
                random.Next(2) == 0 ? null : PositionPattern.Parse(positions[random.Next(positions.Length)]),
                random.Next(2) == 0 ? null : random.Next(10_001) / 100.0);
        }

        return random.Next(3) switch
        {
            0 => new NotQuery(RandomQuery(random, depth - 1)),
            1 => new AndQuery(RandomQuery(random, depth - 1), RandomQuery(random, random.Next(depth))),
            _ => new OrQuery(RandomQuery(random, random.Next(depth)), RandomQuery(random, depth - 1)),
        };
    }
}
