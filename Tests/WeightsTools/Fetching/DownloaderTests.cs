using System.Globalization;
using Gpu.WeightsTools.Fetching;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Fetching;

/// <summary>Downloads of 1000 known bytes from servers with every kind of trouble.</summary>
internal sealed class DownloaderTests
{
    private const int Length = 1000;

    private static readonly byte[] Content = [.. Enumerable.Range(0, Length).Select(i => (byte)(i * 7))];

    private static readonly byte[] Other = [.. Enumerable.Range(0, Length).Select(i => (byte)(i * 11))];

    private static readonly ServedFile File1 = new(Content);

    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });

    [OneTimeTearDown]
    public void Close() => client.Dispose();

    [Test]
    public async Task A_break_is_gone_on_from()
    {
        using var server = new LoopbackServer(r => File1.Answer(r, 300));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, 300, 600, 900 }));
        Assert.That(server.Requests.Skip(1).Select(r => r.Headers["If-Range"]), Is.All.EqualTo("\"v1\""));
    }

    [TestCase(null, "Sun, 28 Aug 2016 12:00:00 GMT")]
    [TestCase("W/\"weak\"", "Sun, 28 Aug 2016 12:00:00 GMT")]
    public async Task The_date_is_the_condition_where_there_is_no_strong_tag(string? tag, string date)
    {
        var file = new ServedFile(Content, tag, date);
        using var server = new LoopbackServer(r => file.Answer(r, 600));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests[1].Headers["If-Range"], Is.EqualTo(date));
        Assert.That(server.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Without_tag_and_date_a_download_starts_over()
    {
        var file = new ServedFile(Content, EntityTag: null);
        var broken = 0;
        using var server = new LoopbackServer(r => file.Answer(r, broken++ == 0 ? 600 : int.MaxValue));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.All.Null);
    }

    [Test]
    public async Task A_server_without_ranges_sends_all_again()
    {
        var broken = 0;
        using var server = new LoopbackServer(_ => File1.Whole(broken++ == 0 ? 600 : int.MaxValue));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, 600 }));
    }

    [Test]
    public async Task A_file_that_changes_is_not_glued_together()
    {
        var requests = 0;
        using var server = new LoopbackServer(r => requests++ == 0 ? File1.Answer(r, 600) : new ServedFile(Other, "\"v2\"").Answer(r));
        Assert.That(await Download(server), Is.EqualTo(Other));
    }

    [Test]
    public async Task A_changed_file_is_noticed_by_its_tag_where_the_server_ignores_the_condition()
    {
        var requests = 0;
        using var server = new LoopbackServer(r => requests++ == 0
            ? File1.Answer(r, 600)
            : new ServedFile(Other, "\"v2\"").Answer(r with { Headers = r.Headers.Where(h => h.Key != "If-Range").ToDictionary() }));
        Assert.That(await Download(server), Is.EqualTo(Other));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, 600, null }));
    }

    [Test]
    public async Task A_file_that_became_shorter_starts_over()
    {
        var requests = 0;
        using var server = new LoopbackServer(r => requests++ == 0 ? File1.Answer(r, 600) : new ServedFile(Content[..500]).Answer(r));
        Assert.That(await Download(server), Is.EqualTo(Content[..500]));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, 600, null }));
    }

    [TestCase("bytes 500-999/1000", "500")]
    [TestCase("bytes 600-899/1000", "300")]
    [TestCase("bytes 600-1099/1100", "500")]
    [TestCase("bytes 600-999/1000", "300")]
    [TestCase("cups 600-999/1000", "400")]
    [TestCase("nonsense", "400")]
    [TestCase(null, "400")]
    public async Task A_wrong_range_is_refused_and_nothing_kept(string? range, string length)
    {
        var requests = 0;
        (string, string)[] headers = [("ETag", "\"v1\""), ("Content-Length", length), .. range is null ? [] : new[] { ("Content-Range", range) }];
        using var server = new LoopbackServer(r => requests++ == 0
            ? File1.Answer(r, 600)
            : new LoopbackResponse("206 Partial Content", new byte[int.Parse(length, CultureInfo.InvariantCulture)], headers));
        var message = await Refusal(server);
        Assert.That(message, Does.Contain("206").And.Contain("the rest from byte 600 on"));
        Assert.That(requests, Is.EqualTo(2));
        Assert.That(Directory.EnumerateFiles(Folder), Is.Empty);
    }

    [Test]
    public async Task A_part_that_was_not_asked_for_is_refused()
    {
        using var server = new LoopbackServer(r => File1.Answer(r with { Headers = new Dictionary<string, string> { ["Range"] = "bytes=5-" } }));
        Assert.That(await Refusal(server), Does.Contain("the whole file"));
    }

    [Test]
    public async Task A_file_shorter_than_announced_is_given_up()
    {
        // The announced length is never reached, because the server has no more.
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", Content, ("Content-Length", "2000"), ("ETag", "\"v1\"")));
        var message = await Refusal(server);
        Assert.That(message, Does.Contain("breaks off after 1,000 of 2,000 bytes, 4 times; 1,000 bytes are kept"));
        Assert.That(server.Requests, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_body_longer_than_the_file_is_refused()
    {
        var requests = 0;
        using var server = new LoopbackServer(r => requests++ == 0
            ? File1.Answer(r, 600)
            : new LoopbackResponse("206 Partial Content", Content, ("Content-Range", "bytes 600-999/1000"), ("ETag", "\"v1\"")) { Chunked = true });
        Assert.That(await Refusal(server), Does.Contain("more than the 1,000 bytes"));
        Assert.That(Directory.EnumerateFiles(Folder), Is.Empty);
    }

    [Test]
    public async Task More_bytes_than_announced_are_not_read()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", Content, ("Content-Length", "500")));
        Assert.That(await Download(server), Is.EqualTo(Content[..500]));
    }

    [Test]
    public async Task A_body_without_a_length_ends_where_it_ends()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", Content) { Chunked = true });
        Assert.That(await Download(server), Is.EqualTo(Content));
    }

    [Test]
    public async Task An_endless_body_is_cut_at_the_limit()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", Content) { Endless = true });
        Assert.That(await Refusal(server), Does.Contain("more than 1,000,000 bytes"));
        Assert.That(Directory.EnumerateFiles(Folder), Is.Empty);
    }

    [Test]
    public async Task An_announced_length_above_the_limit_is_refused_at_once()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", Content, ("Content-Length", "1000001")));
        Assert.That(await Refusal(server), Does.Contain("announces 1,000,001 bytes"));
    }

    [TestCase("404 Not Found")]
    [TestCase("403 Forbidden")]
    [TestCase("304 Not Modified")]
    public async Task The_callers_mistake_is_not_repeated(string status)
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse(status, [], ("Content-Length", "0")));
        Assert.That(await Refusal(server), Does.Contain(status).And.Contain("check the address"));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_servers_mistake_is_waited_for()
    {
        var requests = 0;
        using var server = new LoopbackServer(r => requests++ < 3 ? new LoopbackResponse("500 Internal Server Error", [], ("Content-Length", "0")) : File1.Answer(r));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(requests, Is.EqualTo(4));
    }

    [Test]
    public async Task The_servers_mistake_is_not_waited_for_for_ever()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("503 Service Unavailable", [], ("Content-Length", "0")));
        Assert.That(await Refusal(server), Does.Contain("answers 503 Service Unavailable"));
        Assert.That(server.Requests, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_web_page_is_no_file()
    {
        using var server = new LoopbackServer(_ => new LoopbackResponse("200 OK", "<html>Sign in</html>"u8.ToArray(), ("Content-Type", "text/html; charset=utf-8")));
        Assert.That(await Refusal(server), Does.Contain("web page"));
    }

    [Test]
    public async Task A_connection_that_falls_silent_is_given_up_and_gone_on_from()
    {
        var requests = 0;
        var silence = new TaskCompletionSource();
        using var server = new LoopbackServer(r => requests++ == 0 ? File1.Answer(r, 600) with { Hold = silence.Task } : File1.Answer(r));
        Assert.That(await Download(server, stall: TimeSpan.FromMilliseconds(100)), Is.EqualTo(Content));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, 600 }));
        silence.SetResult();
    }

    [Test]
    public async Task A_complete_download_is_confirmed_by_its_last_byte()
    {
        using var server = new LoopbackServer(File1.Answer);
        await Download(server);
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests.Select(r => r.RangeStart), Is.EqualTo(new int?[] { null, Length - 1 }));
    }

    [Test]
    public async Task Waits_are_reported()
    {
        var requests = 0;
        var reports = new Reports();
        using var server = new LoopbackServer(r => File1.Answer(r, requests++ == 0 ? 600 : int.MaxValue));
        await Download(server, progress: reports);
        Assert.That(reports.Select(r => r.Note), Has.Exactly(1).EqualTo("breaks off after 600 of 1,000 bytes, again in 0 s"));
        Assert.That(reports[^1], Is.EqualTo(new FetchProgress("fetching model.ckpt", Length, Length)));
    }

    [Test]
    public async Task What_is_left_of_another_address_is_not_gone_on_from()
    {
        using var server = new LoopbackServer(r => File1.Answer(r, r.Target.EndsWith("?old", StringComparison.Ordinal) ? 600 : int.MaxValue));
        await Assert.CatchAsync<OperationCanceledException>(() => Download(server, file: "model.ckpt?old", cancelAfterWait: true));
        Assert.That(new FileInfo(Path.Combine(Folder, "model.ckpt.partial")).Length, Is.EqualTo(600));
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests[^1].RangeStart, Is.Null);
    }

    [TestCase("")]
    [TestCase("{\"Address\":null}")]
    [TestCase("null")]
    public async Task A_part_of_unknown_origin_is_not_gone_on_from(string origin)
    {
        using var server = new LoopbackServer(File1.Answer);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "model.ckpt.partial"), Other[..600]);
        await File.WriteAllTextAsync(Path.Combine(Folder, "model.ckpt.partial.json"), origin);
        Assert.That(await Download(server), Is.EqualTo(Content));
        Assert.That(server.Requests.Single().RangeStart, Is.Null);
    }

    [SetUp]
    public void NewFolder() => Folder = TestFiles.OutputFolder();

    private string Folder { get; set; } = string.Empty;

    private async Task<string> Refusal(LoopbackServer server) => (await Assert.ThrowsAsync<FetchException>(() => Download(server)))!.Message;

    private async Task<byte[]> Download(
        LoopbackServer server, string file = "model.ckpt", TimeSpan? stall = null, IProgress<FetchProgress>? progress = null, bool cancelAfterWait = false)
    {
        using var cancel = new CancellationTokenSource();
        var source = new DownloadSource(new Uri(server.Address(file)));
        var downloader = new Downloader(client, [TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero], stall ?? TimeSpan.FromSeconds(20), 1_000_000);
        using var partial = PartialDownload.Open(Folder, source);
        await downloader.DownloadAsync(source, partial, Folder, cancelAfterWait ? new Canceller(cancel) : progress, cancel.Token);
        using var content = new MemoryStream();
        await partial.Content().CopyToAsync(content);
        return content.ToArray();
    }

    private sealed class Reports : List<FetchProgress>, IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => Add(value);
    }

    /// <summary>Presses Ctrl-C when the downloader waits.</summary>
    private sealed class Canceller(CancellationTokenSource source) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value)
        {
            if (value.Note is not null)
            {
                source.Cancel();
            }
        }
    }
}
