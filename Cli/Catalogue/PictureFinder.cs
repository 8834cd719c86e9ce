using Gpu.Cli.Catalogue.Queries;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using Microsoft.Data.Sqlite;

namespace Gpu.Cli.Catalogue;

/// <summary>Asks a database for pictures.</summary>
internal sealed class PictureFinder : IDisposable
{
    private readonly DatabaseFile database;
    private readonly IReadOnlyList<ClassLabel> labels;

    private PictureFinder(DatabaseFile database, string path)
    {
        this.database = database;
        labels = IndexedNetwork.ReadLabels(database);
        if (labels.Count == 0)
        {
            throw new DatabaseException(path, "holds no pictures yet; run 'vgg index FOLDER --database FILE' to its end");
        }

        IsOriented = database.Query("SELECT oriented FROM network", row => row.GetBoolean(0))[0];
    }

    /// <summary>Whether the pictures were turned as their EXIF orientation says, so that places hold in the turned ones.</summary>
    public bool IsOriented { get; }

    /// <summary>Opens a database.</summary>
    /// <exception cref="DatabaseException">There is none, or it cannot be used.</exception>
    public static PictureFinder Open(string path)
    {
        var database = DatabaseFile.Open(path);
        try
        {
            return new PictureFinder(database, path);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Finds pictures.</summary>
    /// <param name="query">What they shall show.</param>
    /// <param name="top">How many to find at most.</param>
    /// <returns>The best of those whose files exist, best first, and how many better ones are left out because their files do not.</returns>
    /// <exception cref="ClassNameException">A name means no class of the database's network, or several.</exception>
    /// <exception cref="DatabaseException">The database cannot be read.</exception>
    public (IReadOnlyList<FoundPicture> Pictures, int Vanished) Find(PictureQuery query, int top)
    {
        var statement = new QueryStatement(query, new ClassNames(labels));
        var found = new List<FoundPicture>();
        var vanished = 0;
        for (int offset = 0, limit = top; ; offset += limit, limit *= 2)
        {
            var (files, pictures) = ReadPage(statement, offset, limit);
            foreach (var file in files.TakeWhile(_ => found.Count < top))
            {
                if (File.Exists(file.Path))
                {
                    found.Add(file);
                }
                else
                {
                    vanished++;
                }
            }

            if (found.Count == top || pictures < limit)
            {
                return (found, vanished);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => database.Dispose();

    /// <summary>Reads the files of some pictures, and how many pictures there were.</summary>
    private (IReadOnlyList<FoundPicture> Files, int Pictures) ReadPage(QueryStatement statement, int offset, int limit)
    {
        var files = new List<FoundPicture>();
        var regions = new List<FoundRegion>();
        var pictures = database.Query(statement.Sql, row =>
        {
            var path = row.IsDBNull(QueryStatement.Path) ? null : row.GetString(QueryStatement.Path);
            if (path is not null && (files is not [.., var last] || last.Path != path))
            {
                regions = [];
                files.Add(new FoundPicture(
                    path,
                    row.GetDouble(QueryStatement.Score),
                    row.GetInt32(QueryStatement.Width),
                    row.GetInt32(QueryStatement.Height),
                    labels[row.GetInt32(QueryStatement.BestClass)],
                    regions));
            }

            if (path is not null && !row.IsDBNull(QueryStatement.Class))
            {
                regions.Add(ReadRegion(row));
            }

            return row.GetInt64(QueryStatement.Picture);
        }, statement.Parameters(offset, limit));
        return (files, pictures.Distinct().Count());
    }

    private FoundRegion ReadRegion(SqliteDataReader row)
    {
        const int box = QueryStatement.Box;
        return new FoundRegion(
            labels[row.GetInt32(QueryStatement.Class)],
            row.GetDouble(QueryStatement.Confidence),
            row.GetDouble(QueryStatement.Share),
            new PixelBox(row.GetInt32(box), row.GetInt32(box + 1), row.GetInt32(box + 2), row.GetInt32(box + 3)),
            row.GetDouble(QueryStatement.Mean),
            row.GetDouble(QueryStatement.Mean + 1),
            new PicturePosition((VerticalThird)row.GetInt32(QueryStatement.Position), (HorizontalThird)row.GetInt32(QueryStatement.Position + 1)));
    }
}
