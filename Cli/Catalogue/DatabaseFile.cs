using Microsoft.Data.Sqlite;

namespace Gpu.Cli.Catalogue;

/// <summary>
/// A SQLite file of <c>vgg index</c>, known by its application id and of this program's version. Statements are made of constants and
/// parameters; what SQLite reports becomes one sentence. Safe for several threads, which take turns.
/// </summary>
internal sealed class DatabaseFile : IDisposable
{
    /// <summary>The format of the tables, SQLite's user_version.</summary>
    public const int Version = 1;

    /// <summary>"vggp", SQLite's application_id.</summary>
    private const int ApplicationId = 0x76676770;

    /// <summary>Seconds to wait while another process writes.</summary>
    private const int PatienceSeconds = 30;

    // SQLite's result codes, https://sqlite.org/rescode.html.
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    private const string Damaged = "is damaged; delete it and index again";

    private readonly Lock turn = new();
    private readonly string path;
    private readonly SqliteConnection connection;

    private DatabaseFile(string path, SqliteOpenMode mode)
    {
        this.path = path;
        connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = PatienceSeconds,
        }.ToString());
    }

    /// <summary>Opens a database to read it.</summary>
    /// <exception cref="DatabaseException">There is none, it is another program's, damaged, or of another version.</exception>
    public static DatabaseFile Open(string path) =>
        File.Exists(path)
            ? Open(path, SqliteOpenMode.ReadOnly)
            : throw new DatabaseException(path, "does not exist; make it with 'vgg index FOLDER --database FILE'");

    /// <summary>Opens a database to write to it; makes it where there is none.</summary>
    /// <exception cref="DatabaseException">It is another program's, damaged, or of another version, or cannot be made.</exception>
    public static DatabaseFile OpenOrCreate(string path) => Open(path, SqliteOpenMode.ReadWriteCreate);

    /// <summary>Reads rows.</summary>
    /// <param name="sql">A statement without anything that a user wrote.</param>
    /// <param name="read">Makes something of a row.</param>
    /// <param name="parameters">Values of the statement's parameters.</param>
    /// <exception cref="DatabaseException">SQLite cannot.</exception>
    public IReadOnlyList<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params IEnumerable<(string Name, object? Value)> parameters) => InTurn(() =>
    {
        using var command = Prepare(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    });

    /// <summary>Changes rows.</summary>
    /// <param name="sql">A statement without anything that a user wrote.</param>
    /// <param name="parameters">Values of the statement's parameters.</param>
    /// <returns>How many rows were changed.</returns>
    /// <exception cref="DatabaseException">SQLite cannot.</exception>
    public int Execute(string sql, params IEnumerable<(string Name, object? Value)> parameters) => InTurn(() =>
    {
        using var command = Prepare(sql, parameters);
        return command.ExecuteNonQuery();
    });

    /// <summary>Does several changes at once or, if one fails or the process ends, none.</summary>
    /// <exception cref="DatabaseException">SQLite cannot.</exception>
    public T InTransaction<T>(Func<T> change) => InTurn(() =>
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = change();
        transaction.Commit();
        return result;
    });

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static DatabaseFile Open(string path, SqliteOpenMode mode)
    {
        var file = new DatabaseFile(path, mode);
        try
        {
            file.InTurn(() =>
            {
                file.connection.Open();
                file.Identify(mayCreate: mode == SqliteOpenMode.ReadWriteCreate);
                return true;
            });
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure whose database it is before anything is changed.</summary>
    private void Identify(bool mayCreate)
    {
        if (mayCreate && IsEmpty())
        {
            // Readers are not kept waiting, and a killed process leaves whole transactions.
            Execute("PRAGMA journal_mode = WAL");
            InTransaction(() => IsEmpty() ? Create() : 0);
        }

        var (id, version) = (Number("PRAGMA application_id"), Number("PRAGMA user_version"));
        if (id != ApplicationId)
        {
            throw new DatabaseException(path, "is no database of 'vgg index'; name another with --database");
        }

        if (version != Version)
        {
            throw new DatabaseException(path, version > Version
                ? $"has version {version}, and this program knows versions up to {Version}; use a newer vgg, or another --database"
                : $"has version {version}, which is no more read; delete it and index again");
        }

        if (mayCreate)
        {
            // In WAL mode a crash of the system may cost the last transactions, one of the program none.
            Execute("PRAGMA synchronous = NORMAL");
        }
    }

    private bool IsEmpty() => Number("PRAGMA application_id") == 0 && Number("SELECT count(*) FROM sqlite_master") == 0;

    private int Create()
    {
        using var resource = typeof(DatabaseFile).Assembly.GetManifestResourceStream("Gpu.Cli.Catalogue.schema.sql")!;
        using var schema = new StreamReader(resource);
        Execute(schema.ReadToEnd());
        Execute($"PRAGMA application_id = {ApplicationId}");
        return Execute($"PRAGMA user_version = {Version}");
    }

    private long Number(string sql) => Query(sql, row => row.GetInt64(0))[0];

#pragma warning disable CA2100 // The callers' statements are constants, or made of constants by QueryStatement.
    private SqliteCommand Prepare(string sql, IEnumerable<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
#pragma warning restore CA2100

    private T InTurn<T>(Func<T> work)
    {
        lock (turn)
        {
            try
            {
                return work();
            }
            catch (SqliteException exception)
            {
                throw new DatabaseException(path, Explain(exception), exception);
            }
            catch (Exception exception) when (exception is InvalidCastException or ArgumentOutOfRangeException or OverflowException)
            {
                // A row holds what this program does not write.
                throw new DatabaseException(path, Damaged, exception);
            }
        }
    }

    private static string Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        Busy or Locked => $"is being written by another process, for more than {PatienceSeconds} seconds; wait until it is done",
        NotADatabase => "is no SQLite database; name another with --database",
        Corrupt => Damaged,
        Full => "cannot grow, since the disk is full; free some space",
        _ => $"cannot be used ({exception.Message.TrimEnd('.')}); check its folder and permissions, or name another with --database",
    };
}
