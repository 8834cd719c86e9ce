using Gpu.Cli.Catalogue;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Catalogue;

internal sealed class PictureIndexTests
{
    private static readonly IndexedNetwork Network = SyntheticIndex.Network(["bus", "face"]);

    [Test]
    public void Another_network_is_refused_unless_all_is_forgotten()
    {
        var path = NewPath();
        using (var index = PictureIndex.Open(path, Network, rebuild: false))
        {
            index.Add("a", [1], Network, SyntheticIndex.Region(Network.Labels[0]));
        }

        Assert.Multiple(() =>
        {
            Refuse(SyntheticIndex.Network(["bus", "face"], firstLogit: 1.5f), "another network (VGG-16 of TF-Slim)");
            Refuse(SyntheticIndex.Network(["bus", "face"], name: "VGG-19"), "another network");
            Refuse(SyntheticIndex.Network(["bus", "dog"]), "2 other classes");
            Refuse(Network with { IsOriented = false }, "without --no-orient");
        });
        using (var same = PictureIndex.Open(path, SyntheticIndex.Network(["bus", "face"], firstLogit: 1.001f), rebuild: false))
        {
            Assert.That(same.Count(), Is.EqualTo(1), "an answer of another device or format is the same network's");
        }

        using var rebuilt = PictureIndex.Open(path, SyntheticIndex.Network(["bus", "dog"]), rebuild: true);
        Assert.That(rebuilt.Count(), Is.Zero);
        Assert.That(rebuilt.Contains([1]), Is.False);

        void Refuse(IndexedNetwork other, string reason) => Assert.That(
            () => PictureIndex.Open(path, other, rebuild: false),
            Throws.TypeOf<DatabaseException>().With.Message.Contains(reason).And.Message.Contains("--rebuild").And.Message.StartsWith(path));
    }

    [Test]
    public void A_newer_database_is_refused_and_left_as_it_is()
    {
        var path = NewPath();
        PictureIndex.Open(path, Network, rebuild: false).Dispose();
        Execute(path, "PRAGMA user_version = 2");
        var before = File.ReadAllBytes(path);
        Assert.Multiple(() =>
        {
            Assert.That(() => PictureIndex.Open(path, Network, rebuild: true), Throws.TypeOf<DatabaseException>().With.Message.Contains("version 2").And.Message.Contains("newer vgg"));
            Assert.That(() => PictureFinder.Open(path), Throws.TypeOf<DatabaseException>().With.Message.Contains("version 2"));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        });
    }

    [Test]
    public void What_is_no_database_of_ours_is_refused_and_left_as_it_is()
    {
        var folder = TestFiles.OutputFolder();
        var (foreign, text) = (Path.Combine(folder, "foreign.db"), Path.Combine(folder, "text.db"));
        Execute(foreign, "CREATE TABLE mine (id INTEGER)");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("This is a letter, and no database. ", 200)));
        Assert.Multiple(() =>
        {
            foreach (var (path, reason) in new[] { (foreign, "no database of 'vgg index'"), (text, "no SQLite database") })
            {
                var before = File.ReadAllBytes(path);
                Assert.That(() => PictureIndex.Open(path, Network, rebuild: true), Throws.TypeOf<DatabaseException>().With.Message.Contains(reason));
                Assert.That(() => PictureFinder.Open(path), Throws.TypeOf<DatabaseException>().With.Message.Contains(reason));
                Assert.That(File.ReadAllBytes(path), Is.EqualTo(before), path);
            }

            Assert.That(() => PictureFinder.Open(Path.Combine(folder, "none.db")), Throws.TypeOf<DatabaseException>().With.Message.Contains("does not exist"));
            Assert.That(File.Exists(Path.Combine(folder, "none.db")), Is.False);
            Assert.That(() => PictureIndex.Open(Path.Combine(folder, "no", "folder.db"), Network, false), Throws.TypeOf<DatabaseException>());
        });
    }

    [Test]
    public void A_damaged_database_is_told_in_one_sentence()
    {
        var path = NewPath();
        using (var index = PictureIndex.Open(path, Network, rebuild: false))
        {
            for (var i = 0; i < 200; i++)
            {
                index.Add($"{i}", [(byte)i], Network, SyntheticIndex.Region(Network.Labels[0]), SyntheticIndex.Region(Network.Labels[1]));
            }
        }

        var whole = File.ReadAllBytes(path);
        var random = new Random(3);
        for (var trial = 0; trial < 60; trial++)
        {
            var damaged = (byte[])whole.Clone();
            random.NextBytes(damaged.AsSpan(random.Next(100, damaged.Length - 600), 500));
            File.WriteAllBytes(path, trial % 3 == 0 ? damaged[..random.Next(1, damaged.Length)] : damaged);
            try
            {
                using var finder = PictureFinder.Open(path);
                finder.Find(new Gpu.Cli.Catalogue.Queries.RegionQuery("bus"), 5);
            }
            catch (DatabaseException exception)
            {
                Assert.That(exception.Message, Does.StartWith(path).And.EndsWith("."));
            }
        }
    }

    [Test]
    public void Of_a_killed_transaction_nothing_is_left()
    {
        var path = NewPath();
        using var index = PictureIndex.Open(path, Network, rebuild: false);
        var unknownClass = SyntheticIndex.Region(new Gpu.Loader.Labels.ClassLabel(7, null, "no class of the network"));
        Assert.That(() => index.Add("a", [1], Network, SyntheticIndex.Region(Network.Labels[0]), unknownClass), Throws.TypeOf<DatabaseException>());
        Assert.That((index.Count(), index.Contains([1])), Is.EqualTo((0, false)));
    }

    [Test]
    public async Task Two_writers_take_turns()
    {
        var path = NewPath();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            using var index = PictureIndex.Open(path, Network, rebuild: false);
            for (var i = 0; i < 40; i++)
            {
                index.Add($"{writer}-{i}", [(byte)(i + (20 * writer))], Network, SyntheticIndex.Region(Network.Labels[0]));
            }
        })));
        using var whole = PictureIndex.Open(path, Network, rebuild: false);
        Assert.That(whole.Count(), Is.EqualTo(160));
        Assert.That(Number(path, "SELECT count(*) FROM pictures"), Is.EqualTo(100));
        Assert.That(Number(path, "SELECT count(*) FROM regions"), Is.EqualTo(100));
    }

    [Test]
    public void Pruning_forgets_files_that_are_gone_and_pictures_without_files()
    {
        var folder = TestFiles.OutputFolder();
        var path = Path.Combine(folder, "pictures.db");
        var kept = Path.Combine(folder, "kept.jpg");
        File.WriteAllText(kept, "picture");
        using var index = PictureIndex.Open(path, Network, rebuild: false);
        index.Add(kept, [1], Network, SyntheticIndex.Region(Network.Labels[0]));
        index.Add(Path.Combine(folder, "gone.jpg"), [2], Network, SyntheticIndex.Region(Network.Labels[0]));
        Assert.That(index.TryLink(new FileStamp(Path.Combine(folder, "copy.jpg"), 1, 1), [1]), Is.True);
        Assert.That(index.Prune(), Is.EqualTo(2));
        Assert.That((index.Count(), index.Contains([1]), index.Contains([2])), Is.EqualTo((1, true, false)));
        Assert.That(Number(path, "SELECT count(*) FROM regions"), Is.EqualTo(1));
    }

    private static string NewPath() => Path.Combine(TestFiles.OutputFolder(), "pictures.db");

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
