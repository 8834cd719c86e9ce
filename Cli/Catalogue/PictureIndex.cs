using Gpu.Engine.Results;

namespace Gpu.Cli.Catalogue;

/// <summary>What a network says of a picture.</summary>
/// <param name="Width">Columns of the picture.</param>
/// <param name="Height">Rows of the picture.</param>
/// <param name="Predictions">The best classes of the whole.</param>
/// <param name="Regions">Where which class is.</param>
internal sealed record PictureAnswers(int Width, int Height, IReadOnlyList<Prediction> Predictions, IReadOnlyList<MapRegion> Regions);

/// <summary>The pictures of a database as they are written: every method is one transaction, so that a killed process leaves whole pictures.</summary>
internal sealed class PictureIndex : IDisposable
{
    private readonly DatabaseFile database;

    private PictureIndex(DatabaseFile database) => this.database = database;

    /// <summary>Opens a database for a network's answers, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="rebuild">Whether what is there is forgotten first.</param>
    /// <exception cref="DatabaseException">It cannot be used, or holds another network's answers.</exception>
    public static PictureIndex Open(string path, IndexedNetwork network, bool rebuild)
    {
        var database = DatabaseFile.OpenOrCreate(path);
        try
        {
            database.InTransaction(() => Begin(database, path, network, rebuild));
            return new PictureIndex(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>What is known of a file if it is unchanged: its error, or null where it shows a picture.</summary>
    /// <returns>False if it is new or changed.</returns>
    public bool IsUnchanged(FileStamp file, out string? error)
    {
        var known = database.Query(
            "SELECT error FROM files WHERE path = $path AND size = $size AND modified = $modified",
            row => row.IsDBNull(0) ? null : row.GetString(0),
            Values(file));
        error = known is [{ } sentence] ? sentence : null;
        return known.Count > 0;
    }

    /// <summary>Whether a picture of this content is there.</summary>
    public bool Contains(byte[] hash) => database.Query("SELECT 1 FROM pictures WHERE hash = $hash", row => row.GetInt32(0), ("$hash", hash)).Count > 0;

    /// <summary>Writes that a file shows a picture that is there already.</summary>
    /// <returns>False if it is not there.</returns>
    public bool TryLink(FileStamp file, byte[] hash) => database.Execute(
        """
        INSERT INTO files (path, size, modified, picture, error)
        SELECT $path, $size, $modified, id, NULL FROM pictures WHERE hash = $hash
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified, picture = excluded.picture, error = NULL
        """,
        [.. Values(file), ("$hash", hash)]) > 0;

    /// <summary>Writes a file with its picture, unless another process has written this in the meantime.</summary>
    public void Save(FileStamp file, byte[] hash, PictureAnswers answers) => database.InTransaction(() =>
    {
        if (!TryLink(file, hash))
        {
            SavePicture(hash, answers);
            TryLink(file, hash);
        }

        return true;
    });

    /// <summary>Writes why a file shows no picture, so that it is not tried again while it is unchanged.</summary>
    public void SaveFailure(FileStamp file, string error) => database.Execute(
        """
        INSERT INTO files (path, size, modified, picture, error) VALUES ($path, $size, $modified, NULL, $error)
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified, picture = NULL, error = excluded.error
        """,
        [.. Values(file), ("$error", error)]);

    /// <summary>Forgets files that are no more, and pictures that no file shows.</summary>
    /// <returns>How many files were forgotten.</returns>
    public int Prune()
    {
        var vanished = database.Query("SELECT path FROM files", row => row.GetString(0)).Where(path => !File.Exists(path)).ToList();
        return database.InTransaction(() =>
        {
            foreach (var path in vanished)
            {
                database.Execute("DELETE FROM files WHERE path = $path", ("$path", path));
            }

            database.Execute("DELETE FROM pictures WHERE id NOT IN (SELECT picture FROM files WHERE picture IS NOT NULL)");
            return vanished.Count;
        });
    }

    /// <summary>How many files show a picture.</summary>
    public int Count() => database.Query("SELECT count(picture) FROM files", row => row.GetInt32(0))[0];

    /// <inheritdoc/>
    public void Dispose() => database.Dispose();

    private static bool Begin(DatabaseFile database, string path, IndexedNetwork network, bool rebuild)
    {
        if (rebuild)
        {
            // In this order nothing refers to what is deleted.
            database.Execute("DELETE FROM files; DELETE FROM pictures; DELETE FROM classes; DELETE FROM network");
        }

        if (IndexedNetwork.Read(database) is not { } before)
        {
            network.Write(database);
        }
        else if (before.DifferenceTo(network) is { } difference)
        {
            throw new DatabaseException(path, $"{difference}; name another --database, or replace all it holds with --rebuild");
        }

        return true;
    }

    private static IEnumerable<(string, object?)> Values(FileStamp file) => [("$path", file.Path), ("$size", file.Size), ("$modified", file.Modified)];

    private void SavePicture(byte[] hash, PictureAnswers answers)
    {
        var picture = database.Query(
            "INSERT INTO pictures (hash, width, height) VALUES ($hash, $width, $height) RETURNING id",
            row => row.GetInt64(0),
            ("$hash", hash), ("$width", answers.Width), ("$height", answers.Height))[0];
        foreach (var prediction in answers.Predictions)
        {
            database.Execute(
                "INSERT INTO predictions (picture, rank, class, probability) VALUES ($picture, $rank, $class, $probability)",
                ("$picture", picture), ("$rank", prediction.Rank), ("$class", prediction.Label.Index), ("$probability", prediction.Probability));
        }

        foreach (var region in answers.Regions)
        {
            database.Execute(
                """
                INSERT INTO regions (picture, class, confidence, share, x, y, width, height, mean_x, mean_y, vertical, horizontal)
                VALUES ($picture, $class, $confidence, $share, $x, $y, $width, $height, $mean_x, $mean_y, $vertical, $horizontal)
                """,
                ("$picture", picture), ("$class", region.Label.Index), ("$confidence", region.Confidence), ("$share", region.Share),
                ("$x", region.Box.X), ("$y", region.Box.Y), ("$width", region.Box.Width), ("$height", region.Box.Height),
                ("$mean_x", region.X), ("$mean_y", region.Y),
                ("$vertical", (int)region.Position.Vertical), ("$horizontal", (int)region.Position.Horizontal));
        }
    }
}
