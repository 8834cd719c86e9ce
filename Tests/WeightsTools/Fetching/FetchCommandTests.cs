using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools;
using Gpu.WeightsTools.Fetching;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Fetching;

/// <summary>The whole command, from an address to a checkpoint that opens.</summary>
internal sealed class FetchCommandTests
{
    private const string Name = "model.ckpt";

    /// <summary>Weights and biases of VGG-19's layers, and the two further tensors that TF-Slim's checkpoint has.</summary>
    private const int Tensors = (2 * 19) + 2;

    private static readonly byte[] Content = Tarball.Checkpoint();

    private static readonly byte[] Archive = Tarball.Of(Name, Content);

    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });

    private string folder = string.Empty;

    [OneTimeTearDown]
    public void Close() => client.Dispose();

    [SetUp]
    public void NewFolder() => folder = Path.Combine(TestFiles.OutputFolder(), "weights");

    [Test]
    public async Task A_tarball_becomes_a_checkpoint_beside_its_digest()
    {
        using var server = new LoopbackServer(new ServedFile(Archive).Answer);
        var result = await Fetch(server.Address("model.tar.gz"), "--json");
        var root = JsonDocument.Parse(result.Output).RootElement;
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(root.GetProperty("file").GetString(), Is.EqualTo(Path.Combine(folder, Name)));
        Assert.That(root.GetProperty("address").GetString(), Is.EqualTo(server.Address("model.tar.gz")));
        Assert.That(root.GetProperty("bytes").GetInt64(), Is.EqualTo(Archive.Length));
        Assert.That(root.GetProperty("sha256").GetString(), Is.EqualTo(Sha256(Archive)));
        Assert.That(root.GetProperty("tensors").GetInt32(), Is.EqualTo(Tensors));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder, Name)), Is.EqualTo(Content));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder, Name + ".sha256")), Does.EndWith($"{Sha256(Content)}  {Name}\n"));
        Assert.That(Files(), Is.EqualTo(new[] { Name, Name + ".sha256" }));
    }

    [Test]
    public async Task A_checkpoint_is_taken_as_it_is()
    {
        using var server = new LoopbackServer(new ServedFile(Content).Answer);
        var result = await Fetch(server.Address(Name));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(result.Output, Does.Contain($"{Tensors} tensors").And.Contain(Sha256(Content)));
        Assert.That(Files(), Is.EqualTo(new[] { Name, Name + ".sha256" }));
    }

    [Test]
    public async Task A_sound_checkpoint_is_not_fetched_again_and_a_changed_one_is_noticed()
    {
        using var server = new LoopbackServer(new ServedFile(Archive).Answer);
        await Fetch(server.Address("model.tar.gz"));
        var again = await Fetch(server.Address("model.tar.gz"));
        Assert.That(again.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(again.Error, Does.Contain("is there already, and sound"));
        Assert.That(server.Requests, Has.Count.EqualTo(1));

        await File.WriteAllBytesAsync(Path.Combine(folder, Name), Tarball.Checkpoint(seed: 2));
        var changed = await Fetch(server.Address("model.tar.gz"));
        Assert.That(changed.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(changed.Error, Does.Contain("has changed since it was fetched").And.Contain("--force"));

        Assert.That((await Fetch(server.Address("model.tar.gz"), "--force")).Code, Is.EqualTo(ExitCode.Success));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder, Name)), Is.EqualTo(Content));
    }

    [Test]
    public async Task A_server_that_delivers_another_file_later_is_refused_until_it_is_pinned()
    {
        var served = Archive;
        using var server = new LoopbackServer(r => new ServedFile(served).Answer(r));
        await Fetch(server.Address("model.tar.gz"));
        served = Tarball.Of(Name, Tarball.Checkpoint(seed: 2));
        var refused = await Fetch(server.Address("model.tar.gz"), "--force");
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Download));
        Assert.That(refused.Error, Does.Contain(Sha256(served)).And.Contain(Sha256(Archive)).And.Contain("--sha256"));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder, Name)), Is.EqualTo(Content));

        var pinned = await Fetch(server.Address("model.tar.gz"), "--force", "--sha256", Sha256(served).ToUpperInvariant());
        Assert.That(pinned.Code, Is.EqualTo(ExitCode.Success), pinned.Error);
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder, Name)), Is.Not.EqualTo(Content));
    }

    [Test]
    public async Task A_file_other_than_the_pinned_one_is_not_kept()
    {
        using var server = new LoopbackServer(new ServedFile(Archive).Answer);
        var result = await Fetch(server.Address("model.tar.gz"), "--sha256", new string('0', 64));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Download));
        Assert.That(result.Error, Does.Contain(Sha256(Archive)).And.Contain(new string('0', 64)));
        Assert.That(Files(), Is.Empty);
    }

    [Test]
    public async Task Interrupted_half_way_it_goes_on_from_there()
    {
        var file = new ServedFile(Archive);
        using var interrupt = new CancellationTokenSource();
        var silent = true;
        using var server = new LoopbackServer(r => silent ? file.Answer(r, Archive.Length / 2) with { Hold = Interrupt(interrupt) } : file.Answer(r));
        var result = await Fetch(interrupt.Token, server.Address("model.tar.gz"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(result.Error, Does.Contain("model.tar.gz.partial").And.Contain("goes on from there"));
        Assert.That(Files(), Is.EqualTo(new[] { "model.tar.gz.partial", "model.tar.gz.partial.json" }));

        silent = false;
        var resumed = await Fetch(server.Address("model.tar.gz"));
        Assert.That(resumed.Code, Is.EqualTo(ExitCode.Success), resumed.Error);
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, Archive.Length / 2 }));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder, Name)), Is.EqualTo(Content));
        Assert.That(Files(), Is.EqualTo(new[] { Name, Name + ".sha256" }));
    }

    [Test]
    public async Task A_web_page_is_refused()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse(
            "200 OK", Encoding.UTF8.GetBytes("<html>Please log in</html>"), ("Content-Type", "text/html"), ("Content-Length", "26")));
        await AssertRefused(server, "web page");
    }

    [Test]
    public async Task A_damaged_checkpoint_in_a_sound_tarball_is_not_kept()
    {
        var damaged = (byte[])Content.Clone();
        damaged[damaged.Length / 2] ^= 1;
        using var server = new LoopbackServer(new ServedFile(Tarball.Of(Name, damaged)).Answer);
        await AssertRefused(server, "no sound checkpoint");
    }

    [Test]
    public async Task A_hostile_tarball_writes_nothing_anywhere()
    {
        using var server = new LoopbackServer(new ServedFile(Tarball.Of("../model.ckpt", Content)).Answer);
        await AssertRefused(server, "unsafe path");
        Assert.That(File.Exists(Path.Combine(folder, "..", Name)), Is.False);
    }

    [Test]
    public async Task Without_a_network_the_address_and_the_way_by_hand_are_told()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}/model.tar.gz";
        closed.Stop();
        var result = await Fetch(address);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Download));
        Assert.That(result.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(result.Error, Does.Contain(address).And.Contain("curl").And.Contain("tar xzf").And.Contain(folder));
        Assert.That(Files(), Is.Empty);
    }

    [Test]
    public async Task The_size_of_a_known_network_is_checked_before_it_is_fetched()
    {
        // The published tarball of VGG-16 has this size; a server that announces any other has another file.
        var source = KnownNetworks.Find("vgg_16")!;
        Assert.That(source.Bytes, Is.EqualTo(513_324_920));
        using var server = new LoopbackServer(new ServedFile(Archive).Answer);
        var fetch = new WeightsFetch(NewDownloader(), source with { Address = new Uri(server.Address("vgg_16.tar.gz")) }, folder, pinned: null, force: false);
        var refusal = await Assert.ThrowsAsync<FetchException>(() => fetch.RunAsync(null, CancellationToken.None));
        Assert.That(refusal!.Message, Does.Contain("513,324,920").Or.Contain("513324920"));
    }

    [TestCase("--sha256", "abc")]
    [TestCase("ftp://host/model.ckpt")]
    [TestCase("vgg_17")]
    public async Task A_wrong_command_line_is_refused(params string[] arguments) =>
        Assert.That((await Fetch(arguments)).Code, Is.EqualTo(ExitCode.Usage));

    [Test]
    public async Task A_file_in_the_folders_place_is_named()
    {
        await File.WriteAllTextAsync(folder, "a file");
        using var server = new LoopbackServer(new ServedFile(Archive).Answer);
        var result = await Fetch(server.Address("model.tar.gz"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error, Does.Contain(folder).And.Contain("--output"));
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Presses Ctrl-C when the bytes before the silence have had time to arrive.</summary>
    private static async Task Interrupt(CancellationTokenSource interrupt)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await interrupt.CancelAsync();
    }

    private Downloader NewDownloader() => new(client, [TimeSpan.Zero, TimeSpan.Zero], TimeSpan.FromSeconds(20), 100_000_000);

    private async Task AssertRefused(LoopbackServer server, string word)
    {
        var result = await Fetch(server.Address("model.tar.gz"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Download));
        Assert.That(result.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(result.Error, Does.Contain(word).And.Contain(server.Address("model.tar.gz")));
        Assert.That(result.Output, Is.Empty);
        Assert.That(Files(), Is.Empty);
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    private Task<(int Code, string Output, string Error)> Fetch(params string[] arguments) => Fetch(CancellationToken.None, arguments);

    private async Task<(int Code, string Output, string Error)> Fetch(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await WeightsCommandLine.RunAsync(["fetch", "--output", folder, .. arguments], output, error, NewDownloader(), cancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
