using System.Formats.Tar;
using System.Security.Cryptography;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Fetching;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Fetching;

internal sealed class TarballExtractionTests
{
    private const long SizeLimit = 1 << 20;

    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 13))];

    private string folder = string.Empty;

    private static IEnumerable<TestCaseData> Hostile
    {
        get
        {
            foreach (var path in new[] { "/etc/vgg_19.ckpt", "../vgg_19.ckpt", "models/../vgg_19.ckpt", "models\\vgg_19.ckpt", "C:vgg_19.ckpt", "..", "vgg\n19.ckpt" })
            {
                yield return Case(Tarball.Of(path, Content), "unsafe path").SetArgDisplayNames($"path {path.ReplaceLineEndings("LF")}");
            }

            foreach (var type in new[] { TarEntryType.SymbolicLink, TarEntryType.HardLink })
            {
                yield return Case(Archive(Tarball.Entry("vgg_19.ckpt", type, "/etc/passwd")), type.ToString());
            }

            foreach (var type in new[] { TarEntryType.CharacterDevice, TarEntryType.BlockDevice, TarEntryType.Fifo })
            {
                yield return Case(Archive(Tarball.Entry("vgg_19.ckpt", type)), type.ToString());
            }

            yield return Case(Archive(Sound(), Tarball.Entry("vgg_19.ckpt.sh", Content)), "'vgg_19.ckpt.sh' besides 'vgg_19.ckpt'").SetArgDisplayNames("a second file");
            yield return Case(Archive(Sound(), Sound()), "besides").SetArgDisplayNames("the same file twice");
            yield return Case(Archive(Sound(), Tarball.Entry("link", TarEntryType.SymbolicLink, "x")), "SymbolicLink").SetArgDisplayNames("a link behind the file");
            yield return Case(Archive(Tarball.Entry("../", TarEntryType.Directory), Sound()), "unsafe path").SetArgDisplayNames("a folder above");
            yield return Case(Archive(Tarball.Entry("models/", TarEntryType.Directory)), "holds no file").SetArgDisplayNames("only a folder");
            yield return Case(Archive([]), "no sound").SetArgDisplayNames("nothing");
            yield return Case(Tarball.Of("vgg_16.ckpt", Content), "holds 'vgg_16.ckpt' instead of 'vgg_19.ckpt'").SetArgDisplayNames("another file");
            yield return Case(Tarball.Of("models/vgg_19.ckpt", Content), "instead of").SetArgDisplayNames("the file in a folder");
            yield return Case(Tarball.Of("vgg_19.ckpt", new byte[SizeLimit + 1]), "1048577").SetArgDisplayNames("a file above the limit");
            yield return Case(Tarball.Gzip(Tarball.WithSize(Tarball.Pack(Sound()), 8L << 30)), "8589934592").SetArgDisplayNames("a size above the limit");
            yield return Case(Tarball.Gzip(Tarball.WithSize(Tarball.Pack(Sound()), 100_000)), "is cut short").SetArgDisplayNames("a size beyond the end");
            yield return Case(Tarball.Gzip([.. Tarball.Pack(Sound()), .. new byte[4 << 20]]), "more in it").SetArgDisplayNames("megabytes of padding");
            yield return Case(Tarball.Gzip(LongName(1L << 30)), "more in it").SetArgDisplayNames("a name of a gigabyte");
            yield return Case(Tarball.Gzip("no archive"u8.ToArray()), "no sound").SetArgDisplayNames("compressed text");
            yield return Case(Tarball.Gzip(Content), "no sound").SetArgDisplayNames("compressed bytes");
            yield return Case([], "no sound").SetArgDisplayNames("no byte");
        }
    }

    [SetUp]
    public void NewFolder() => folder = TestFiles.OutputFolder();

    [TestCase("vgg_19.ckpt")]
    [TestCase("./vgg_19.ckpt")]
    public void The_one_file_of_a_known_network_is_extracted(string name) => AssertExtracted(Tarball.Of(name, Content), "vgg_19.ckpt", "vgg_19.ckpt");

    [Test]
    public void Folders_and_metadata_are_passed_over()
    {
        var entry = new PaxTarEntry(TarEntryType.RegularFile, "./vgg_19.ckpt", [new("mtime", "1472342400.25")]) { DataStream = new MemoryStream(Content) };
        AssertExtracted(
            Archive(new PaxGlobalExtendedAttributesTarEntry([new("comment", "TF-Slim")]), Tarball.Entry("./", TarEntryType.Directory), entry), "vgg_19.ckpt", "vgg_19.ckpt");
    }

    [Test]
    public void A_file_of_an_unknown_archive_keeps_its_name_but_not_its_folder() => AssertExtracted(Tarball.Of("models/2016/vgg.ckpt", Content), null, "vgg.ckpt");

    [TestCaseSource(nameof(Hostile))]
    public void A_hostile_or_damaged_archive_is_refused(byte[] tarball, string word)
    {
        var failure = Assert.Throws<FetchException>(() => Extract(tarball, "vgg_19.ckpt"))!;
        Assert.That(failure.Message, Does.StartWith("'http://host/vgg.tar.gz' ").And.Contain(word).And.Not.Contain("\n"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void A_truncated_archive_is_refused_wherever_it_ends()
    {
        // The last bytes are a checksum and a length that may be absent: the archive itself has its end before them.
        var tarball = Tarball.Of("vgg_19.ckpt", RandomNumberGenerator.GetBytes(3000));
        for (var length = 1; length < tarball.Length - 16; length += 7)
        {
            Assert.Throws<FetchException>(() => Extract(tarball[..length], "vgg_19.ckpt"), $"{length} bytes");
        }

        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void The_checksum_of_the_compressed_bytes_is_verified()
    {
        var tarball = Tarball.Of("vgg_19.ckpt", Content);
        tarball[^8] ^= 1;
        Assert.Throws<FetchException>(() => Extract(tarball, "vgg_19.ckpt"));
    }

    /// <summary>Whatever stands in a header, only the sentences for users escape, and only the one file appears.</summary>
    [Test]
    public void Any_header_is_accepted_or_refused()
    {
        var archive = Tarball.Pack(Sound());
        var random = new Random(1);
        var accepted = 0;
        for (var i = 0; i < 1000; i++)
        {
            var mutated = Tarball.WithHeader(archive, header =>
            {
                for (var n = random.Next(1, 4); n > 0; n--)
                {
                    header[random.Next(header.Length)] = (byte)random.Next(256);
                }
            });
            try
            {
                Extract(Tarball.Gzip(mutated), "vgg_19.ckpt");
                accepted++;
            }
            catch (FetchException)
            {
                // Refused with its sentence.
            }
        }

        Assert.That(accepted, Is.InRange(50, 950), "both happen");
        Assert.That(Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName), Is.SubsetOf(new[] { "vgg_19.ckpt" }));
    }

    [Test]
    public void What_verification_refuses_does_not_get_the_name()
    {
        Assert.Throws<FetchException>(() => Extract(Tarball.Of("vgg_19.ckpt", Content), "vgg_19.ckpt", (file, path) =>
        {
            Assert.That(File.ReadAllBytes(file), Is.EqualTo(Content));
            Assert.That(path, Is.EqualTo(Path.Combine(folder, "vgg_19.ckpt")));
            throw new FetchException("no");
        }));
        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void Cancellation_leaves_nothing_behind()
    {
        Assert.Throws<OperationCanceledException>(() => Extract(Tarball.Of("vgg_19.ckpt", Content), "vgg_19.ckpt", cancellationToken: new CancellationToken(true)));
        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
    }

    private static TarEntry Sound() => Tarball.Entry("vgg_19.ckpt", Content);

    private static byte[] Archive(params TarEntry[] entries) => Tarball.Gzip(Tarball.Pack(entries));

    private static TestCaseData Case(byte[] tarball, string word) => new TestCaseData(tarball, word).SetArgDisplayNames(word);

    /// <summary>A GNU header that announces a long name, and 8 MB of it.</summary>
    private static byte[] LongName(long size) =>
        [.. Tarball.WithHeader(Tarball.WithSize(Tarball.Pack(Sound()), size), header => header[156] = (byte)'L')[..512], .. new byte[8 << 20]];

    private void AssertExtracted(byte[] tarball, string? known, string name)
    {
        var (path, sha256) = Extract(tarball, known);
        Assert.That(path, Is.EqualTo(Path.Combine(folder, name)));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(Content));
        Assert.That(sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Content))));
        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    private (string Path, string Sha256) Extract(
        byte[] tarball, string? known, Action<string, string>? verify = null, CancellationToken cancellationToken = default)
    {
        var source = new DownloadSource(new Uri("http://host/vgg.tar.gz"), known);
        return new TarballExtraction(source, SizeLimit).Extract(
            new MemoryStream(tarball), name => Path.Combine(folder, name), verify ?? ((_, _) => { }), null, cancellationToken);
    }
}
