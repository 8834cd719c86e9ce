using BenchmarkDotNet.Attributes;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Catalogue.Queries;
using Gpu.Loader.Labels;

namespace Gpu.Benchmarks;

/// <summary>
/// A query of a database of 100,000 made-up pictures with five regions each, of the 1000 classes of ImageNet and of 28, of which each
/// is in a sixth of the pictures. The twenty best answers are read, their files not looked for.
/// </summary>
public class PictureSearchBenchmarks
{
    private const int Pictures = 100_000;
    private const int RegionsPerPicture = 5;
    private const int Answers = 20;

    private string path = string.Empty;
    private DatabaseFile database = null!;
    private QueryStatement statement = null!;

    [Params(1000, 28)]
    public int Classes { get; set; }

    [Params("3", "3@center AND 4@top-left", "(3 OR 4>5% OR 5@left) AND NOT 6", "NOT 3")]
    public string Query { get; set; } = string.Empty;

    [GlobalSetup]
    public void Write()
    {
        path = Path.Combine(Path.GetTempPath(), $"pictures-{Guid.NewGuid():N}.db");
        database = DatabaseFile.OpenOrCreate(path);
        var random = new Random(1);
        database.InTransaction(() =>
        {
            for (var label = 0; label < Classes; label++)
            {
                database.Execute("INSERT INTO classes (id, name) VALUES ($id, $name)", ("$id", label), ("$name", $"class {label}"));
            }

            for (var picture = 1; picture <= Pictures; picture++)
            {
                WritePicture(random, picture);
            }

            return true;
        });
        statement = new QueryStatement(QueryParser.Parse(Query), new ClassNames([.. Enumerable.Range(0, Classes).Select(i => new ClassLabel(i, null, $"class {i}"))]));
    }

    [GlobalCleanup]
    public void Delete()
    {
        database.Dispose();
        File.Delete(path);
    }

    [Benchmark]
    public int Find() => database.Query(statement.Sql, row => row.GetInt64(QueryStatement.Picture), statement.Parameters(0, Answers)).Count;

    private void WritePicture(Random random, int picture)
    {
        database.Execute("INSERT INTO pictures (id, hash, width, height) VALUES ($id, $hash, 640, 480)", ("$id", picture), ("$hash", Guid.NewGuid().ToByteArray()));
        database.Execute("INSERT INTO files (path, size, modified, picture) VALUES ($path, 1, 1, $id)", ("$path", $"/photos/{picture}.jpg"), ("$id", picture));
        database.Execute("INSERT INTO predictions (picture, rank, class, probability) VALUES ($id, 1, $class, 0.5)", ("$id", picture), ("$class", random.Next(Classes)));
        for (var region = 0; region < RegionsPerPicture; region++)
        {
            database.Execute(
                """
                INSERT INTO regions (picture, class, confidence, share, x, y, width, height, mean_x, mean_y, vertical, horizontal)
                VALUES ($picture, $class, $confidence, $share, 0, 0, 32, 32, 16, 16, $vertical, $horizontal)
                """,
                ("$picture", picture), ("$class", random.Next(Classes)), ("$confidence", random.NextDouble()), ("$share", Math.Pow(random.NextDouble(), 3)),
                ("$vertical", random.Next(3)), ("$horizontal", random.Next(3)));
        }
    }
}
