using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gpu.Cli;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class IndexCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Only_new_and_changed_files_are_read()
    {
        var (folder, database) = Pictures(copies: 1);
        var first = Directory.GetFiles(folder).Order().First();
        var broken = Path.Combine(folder, "broken.jpg");
        await File.WriteAllTextAsync(broken, "this is no picture");
        var pictures = Directory.GetFiles(folder).Length - 1;

        var begun = await Index(folder, database);
        Assert.That(begun.Counts, Is.EqualTo((pictures, 0, 0, 1, 0)));
        Assert.That((begun.Code, begun.Error), Is.EqualTo((ExitCode.InputsFailed, $"{broken} is a text file instead of a picture; give a JPEG, PNG, BMP, GIF or TGA file.\n1 of {pictures + 1} pictures failed.\n")));

        // A file that is unchanged by size and time is not read: here its content is another.
        var (times, content) = (File.GetLastWriteTimeUtc(first), await File.ReadAllBytesAsync(first));
        await File.WriteAllBytesAsync(first, new byte[content.Length]);
        File.SetLastWriteTimeUtc(first, times);
        Assert.That((await Index(folder, database)).Counts, Is.EqualTo((0, 0, pictures, 1, 0)));
        await File.WriteAllBytesAsync(first, content);
        File.SetLastWriteTimeUtc(first, times);

        File.Copy(first, Path.Combine(folder, "copy.jpg"));
        var moved = Directory.GetFiles(folder).Order().Last();
        File.Move(moved, Path.Combine(folder, "moved" + Path.GetExtension(moved)));
        await File.WriteAllBytesAsync(broken, [.. content, 0]);
        Assert.That((await Index(folder, database, "--prune")).Counts, Is.EqualTo((1, 2, pictures - 1, 0, 1)));
        var rebuilt = Beside(database, "rebuilt.db");
        await Index(folder, rebuilt);
        Assert.That(Dump(database), Is.EqualTo(Dump(rebuilt)));
    }

    [Test]
    public async Task Killed_half_way_it_goes_on_to_the_same_index()
    {
        var (folder, database) = Pictures(copies: 8);
        var total = Directory.GetFiles(folder).Length;
        int kept;
        using (var process = Start(["index", folder, "--database", database, .. Bundled]))
        {
            while (!process.HasExited && Count(database) < 3)
            {
                await Task.Delay(5);
            }

            process.Kill();
            await process.WaitForExitAsync();
            kept = Count(database);
        }

        Assert.That(kept, Is.InRange(3, total - 1), "the process was killed half-way");
        var resumed = await Index(folder, database);
        Assert.That(resumed.Counts, Is.EqualTo((total - kept, 0, kept, 0, 0)));
        var undisturbed = Beside(database, "undisturbed.db");
        await Index(folder, undisturbed);
        Assert.That(Dump(database), Is.EqualTo(Dump(undisturbed)));
    }

    [Test]
    public async Task Two_at_once_make_one_index()
    {
        var (folder, database) = Pictures(copies: 2);
        var both = await Task.WhenAll(Index(folder, database), Index(folder, database));
        Assert.That(both.Select(b => (b.Code, b.Error)), Is.All.EqualTo((ExitCode.Success, string.Empty)));
        var alone = Beside(database, "alone.db");
        await Index(folder, alone);
        Assert.That(Dump(database), Is.EqualTo(Dump(alone)));
    }

    [Test]
    public async Task A_text_says_what_was_done()
    {
        var (folder, database) = Pictures(copies: 1);
        var result = await VggCommands.Run(["index", folder, "--database", database, .. Bundled]);
        var pictures = Directory.GetFiles(folder).Length;
        Assert.That(result.Output.TrimEnd(), Is.EqualTo(
            $"{database} has {pictures} pictures: {pictures} indexed now, 0 copied or moved, 0 unchanged, 0 failed, 0 forgotten."));
    }

    [Test]
    public async Task Another_network_is_refused_with_exit_code_3()
    {
        var (folder, database) = Pictures(copies: 1);
        await Index(folder, database);
        var labels = Beside(database, "labels.txt");
        await File.WriteAllLinesAsync(labels, (await File.ReadAllLinesAsync(TestFiles.BundledLabels)).Select(l => $"my {l}"));
        string[] other = ["index", folder, "--database", database, "--weights", TestFiles.BundledCheckpoint, "--labels", labels, "--device", "cpu"];
        var refused = await VggCommands.Run(other);
        Assert.That((refused.Code, refused.Output), Is.EqualTo((ExitCode.Weights, string.Empty)));
        Assert.That(refused.Error, Does.StartWith(database).And.Contains("--rebuild"));
        Assert.That((await VggCommands.Run([.. other, "--rebuild"])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await VggCommands.Run("find", "my sunflower", "--database", database, "--format", "paths")).Output, Does.Contain("sunflower-0.jpg"));
    }

    /// <summary>A folder of sample pictures, each several times with another content, and a database beside it.</summary>
    private static (string Folder, string Database) Pictures(int copies)
    {
        var output = TestFiles.OutputFolder();
        var folder = Directory.CreateDirectory(Path.Combine(output, "pictures")).FullName;
        foreach (var sample in Directory.GetFiles(Path.GetDirectoryName(TestFiles.Sample("x"))!, "*.jpg"))
        {
            var content = File.ReadAllBytes(sample);
            for (var copy = 0; copy < copies; copy++)
            {
                // What follows a JPEG's end is no part of the picture.
                File.WriteAllBytes(Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(sample)}-{copy}.jpg"), [.. content, .. new byte[copy]]);
            }
        }

        return (folder, Path.Combine(output, "pictures.db"));
    }

    private static string Beside(string database, string name) => Path.Combine(Path.GetDirectoryName(database)!, name);

    private static async Task<(int Code, string Error, (int Indexed, int Copied, int Unchanged, int Failed, int Forgotten) Counts)> Index(
        string folder, string database, params string[] more)
    {
        var (code, output, error) = await VggCommands.Run(["index", folder, "--database", database, "--format", "json", .. Bundled, .. more]);
        Assert.That(output, Is.Not.Empty, error);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.That(json.GetProperty("schema").GetString(), Is.EqualTo("vgg.index/1"));
        return (code, error.ReplaceLineEndings("\n"), (Number("indexed"), Number("copied"), Number("unchanged"), Number("failed"), Number("forgotten")));

        int Number(string name) => json.GetProperty(name).GetInt32();
    }

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(TestContext.CurrentContext.TestDirectory, "vgg.dll"), .. arguments])
    { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static int Count(string database)
    {
        try
        {
            return File.Exists(database) ? Convert.ToInt32(Read(database, "SELECT count(*) FROM files").Single(), CultureInfo.InvariantCulture) : 0;
        }
        catch (SqliteException)
        {
            // The tables are not there yet.
            return 0;
        }
    }

    /// <summary>All that an index says, but for the numbers of its rows.</summary>
    private static List<string> Dump(string database) =>
    [
        .. Read(database, "SELECT path, size, modified, hash, pictures.width, pictures.height, error FROM files LEFT JOIN pictures ON id = picture ORDER BY path"),
        .. Read(database, "SELECT hash, rank, class, probability FROM predictions JOIN pictures ON id = picture ORDER BY hash, rank"),
        .. Read(database, "SELECT hash, class, confidence, share, x, y, regions.width, regions.height, mean_x, mean_y, vertical, horizontal FROM regions JOIN pictures ON pictures.id = picture ORDER BY hash, class, x, y"),
    ];

    private static List<string> Read(string database, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False;Mode=ReadWrite");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values.Select(v => v is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(v, CultureInfo.InvariantCulture))));
        }

        return rows;
    }
}
