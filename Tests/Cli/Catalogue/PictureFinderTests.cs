using Gpu.Cli.Catalogue;
using Gpu.Cli.Catalogue.Queries;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Catalogue;

internal sealed class PictureFinderTests
{
    private static readonly IndexedNetwork Network = SyntheticIndex.Network(["bus", "pot, flowerpot", "face", "crane", "crane"]);

    [TestCase("bus", "a b d")]
    [TestCase("bus@center", "a")]
    [TestCase("bus@left", "b d")]
    [TestCase("bus@top-left", "b")]
    [TestCase("bus@middle-left", "d")]
    [TestCase("bus@middle", "a d")]
    [TestCase("bus>10%", "a b")]
    [TestCase("bus>30%", "")]
    [TestCase("bus@left>10%", "b")]
    [TestCase("bus AND pot", "a")]
    [TestCase("bus@center AND flowerpot@top-left", "a")]
    [TestCase("bus@left AND pot", "")]
    [TestCase("pot OR face", "a b c")]
    [TestCase("NOT bus", "c e")]
    [TestCase("NOT NOT bus", "a b d")]
    [TestCase("bus AND NOT face", "a d")]
    [TestCase("NOT (bus OR pot)", "e")]
    [TestCase("NOT bus AND NOT pot OR face", "b e")]
    [TestCase("bus OR NOT face", "a b c d e")]
    [TestCase("crane", "e")]
    public void Every_operator_finds_what_it_says(string query, string expected)
    {
        using var finder = FiveFiles();
        var (pictures, vanished) = finder.Find(QueryParser.Parse(query), top: 10);
        Assert.That(pictures.Select(p => Path.GetFileName(p.Path)).Order(), Is.EqualTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.That(vanished, Is.Zero);
    }

    [Test]
    public void Answers_are_those_of_a_search_through_all_pictures()
    {
        var random = new Random(6);
        var folder = TestFiles.OutputFolder();
        var pictures = new Dictionary<string, List<MapRegion>>();
        using (var index = PictureIndex.Open(Database(folder), Network, rebuild: false))
        {
            for (var i = 0; i < 60; i++)
            {
                var path = Touch(folder, $"{i:D2}");
                pictures[path] = [.. Enumerable.Range(0, random.Next(5)).Select(_ => SyntheticIndex.Region(
                    Network.Labels[random.Next(3)], random.NextDouble(), random.NextDouble() / 5, (VerticalThird)random.Next(3), (HorizontalThird)random.Next(3)))];
                index.Add(path, [(byte)i], Network, [.. pictures[path]]);
            }
        }

        using var finder = PictureFinder.Open(Database(folder));
        for (var trial = 0; trial < 300; trial++)
        {
            var query = RandomQuery(random, random.Next(4));
            var expected = pictures.Where(p => Holds(query, p.Value)).Select(p => (p.Key, Score(query, p.Value))).OrderByDescending(p => p.Item2).ToList();
            var (answers, _) = finder.Find(query, top: 100);
            Assert.That(answers.Select(a => a.Path).Order(), Is.EqualTo(expected.Select(e => e.Key).Order()), query.ToString());
            Assert.That(answers.Select(a => a.Score), Is.EqualTo(expected.Select(e => e.Item2)).Within(1e-12), query.ToString());
            Assert.That(answers.Select(a => a.Regions.Sum(r => r.Confidence * r.Share)), Is.EqualTo(answers.Select(a => a.Score)).Within(1e-12));
        }
    }

    [Test]
    public void The_best_are_those_whose_files_exist()
    {
        var folder = TestFiles.OutputFolder();
        using (var index = PictureIndex.Open(Database(folder), Network, rebuild: false))
        {
            for (var i = 0; i < 20; i++)
            {
                var path = Path.Combine(folder, $"{i:D2}");
                index.Add(i % 5 == 4 ? Touch(folder, $"{i:D2}") : path, [(byte)i], Network, SyntheticIndex.Region(Network.Labels[0], 1 - (i / 100.0)));
            }
        }

        using var finder = PictureFinder.Open(Database(folder));
        var (pictures, vanished) = finder.Find(QueryParser.Parse("bus"), top: 2);
        Assert.That(pictures.Select(p => Path.GetFileName(p.Path)), Is.EqualTo(new[] { "04", "09" }));
        Assert.That(vanished, Is.EqualTo(8));
    }

    [Test]
    public void Copies_are_found_each()
    {
        var folder = TestFiles.OutputFolder();
        using (var index = PictureIndex.Open(Database(folder), Network, rebuild: false))
        {
            index.Add(Touch(folder, "one"), [1], Network, SyntheticIndex.Region(Network.Labels[0]), SyntheticIndex.Region(Network.Labels[0]));
            Assert.That(index.TryLink(new FileStamp(Touch(folder, "two"), 1, 1), [1]), Is.True);
        }

        using var finder = PictureFinder.Open(Database(folder));
        var (pictures, _) = finder.Find(QueryParser.Parse("bus"), top: 10);
        Assert.That(pictures.Select(p => (Path.GetFileName(p.Path), p.Regions.Count)), Is.EqualTo(new[] { ("one", 2), ("two", 2) }));
    }

    [Test]
    public void An_unknown_class_is_told_with_what_may_be_meant()
    {
        using var finder = FiveFiles();
        Assert.That(() => finder.Find(QueryParser.Parse("bus AND fase"), 1), Throws.TypeOf<ClassNameException>().With.Message.Contains("'face'"));
        Assert.That(() => finder.Find(QueryParser.Parse("\"bus'; DROP TABLE files; --\""), 1), Throws.TypeOf<ClassNameException>());
    }

    private static PictureFinder FiveFiles()
    {
        var folder = TestFiles.OutputFolder();
        var (bus, pot, face, crane) = (Network.Labels[0], Network.Labels[1], Network.Labels[2], Network.Labels[4]);
        using (var index = PictureIndex.Open(Database(folder), Network, rebuild: false))
        {
            index.Add(
                Touch(folder, "a"), [1], Network,
                SyntheticIndex.Region(bus, share: 0.3), SyntheticIndex.Region(pot, share: 0.05, vertical: VerticalThird.Top, horizontal: HorizontalThird.Left));
            index.Add(
                Touch(folder, "b"), [2], Network,
                SyntheticIndex.Region(bus, share: 0.2, vertical: VerticalThird.Top, horizontal: HorizontalThird.Left), SyntheticIndex.Region(face));
            index.Add(Touch(folder, "c"), [3], Network, SyntheticIndex.Region(pot));
            index.Add(Touch(folder, "d"), [4], Network, SyntheticIndex.Region(bus, share: 0.05, horizontal: HorizontalThird.Left));
            index.Add(Touch(folder, "e"), [5], Network, SyntheticIndex.Region(crane));
        }

        return PictureFinder.Open(Database(folder));
    }

    private static string Database(string folder) => Path.Combine(folder, "pictures.db");

    private static string Touch(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, name);
        return path;
    }

    private static PictureQuery RandomQuery(Random random, int depth)
    {
        if (depth == 0)
        {
            string[] positions = [.. PositionPattern.Words];
            return new RegionQuery(
                $"{random.Next(3)}",
                random.Next(2) == 0 ? null : PositionPattern.Parse(positions[random.Next(positions.Length)]),
                random.Next(2) == 0 ? null : random.Next(20));
        }

        return random.Next(3) switch
        {
            0 => new NotQuery(RandomQuery(random, depth - 1)),
            1 => new AndQuery(RandomQuery(random, depth - 1), RandomQuery(random, depth - 1)),
            _ => new OrQuery(RandomQuery(random, depth - 1), RandomQuery(random, depth - 1)),
        };
    }

    private static bool Holds(PictureQuery query, List<MapRegion> regions) => query switch
    {
        RegionQuery region => regions.Any(r => Fulfils(region, r)),
        NotQuery not => !Holds(not.Operand, regions),
        AndQuery both => Holds(both.Left, regions) && Holds(both.Right, regions),
        OrQuery either => Holds(either.Left, regions) || Holds(either.Right, regions),
        _ => throw new ArgumentOutOfRangeException(nameof(query)),
    };

    private static double Score(PictureQuery query, List<MapRegion> regions) =>
        regions.Where(r => Wanted(query, true).Any(w => Fulfils(w, r))).Sum(r => r.Confidence * r.Share);

    private static IEnumerable<RegionQuery> Wanted(PictureQuery query, bool isWanted) => query switch
    {
        RegionQuery region => isWanted ? [region] : [],
        NotQuery not => Wanted(not.Operand, !isWanted),
        AndQuery both => Wanted(both.Left, isWanted).Concat(Wanted(both.Right, isWanted)),
        OrQuery either => Wanted(either.Left, isWanted).Concat(Wanted(either.Right, isWanted)),
        _ => throw new ArgumentOutOfRangeException(nameof(query)),
    };

    private static bool Fulfils(RegionQuery query, MapRegion region) =>
        $"{region.Label.Index}" == query.Name
        && (query.Position?.Vertical ?? region.Position.Vertical) == region.Position.Vertical
        && (query.Position?.Horizontal ?? region.Position.Horizontal) == region.Position.Horizontal
        && region.Share > (query.Percent ?? -1) / 100;
}
