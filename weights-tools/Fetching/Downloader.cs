using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Gpu.WeightsTools.Fetching;

/// <summary>
/// Downloads a file over HTTP into a <see cref="PartialDownload"/>. After a break it asks for the rest, on the condition that the
/// file is still the same (RFC 9110, sections 13.1.5 and 14); a server that sends all of it again is taken at its word.
/// </summary>
/// <param name="client">Sends the requests; its timeout is for the headers of a response.</param>
/// <param name="retryDelays">Waits before new attempts. A break after new bytes starts them from the first.</param>
/// <param name="stallTimeout">A connection without a byte for so long is broken.</param>
/// <param name="sizeLimit">Bytes that a file, compressed or not, may have.</param>
internal sealed class Downloader(HttpClient client, IReadOnlyList<TimeSpan> retryDelays, TimeSpan stallTimeout, long sizeLimit)
{
    private const int PieceLength = 1 << 17;

    private const string Changed = "has changed in the middle of the download";

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Exponential delays, a minute's patience, 2 GiB: VGG-19, the largest, has 575 MB.</summary>
    public static Downloader Default { get; } = new(
        new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(20) }) { Timeout = HeadersTimeout },
        [.. new[] { 1, 2, 4, 8 }.Select(s => TimeSpan.FromSeconds(s))],
        TimeSpan.FromSeconds(60),
        2L << 30);

    /// <summary>Bytes that a file, compressed or not, may have.</summary>
    public long SizeLimit => sizeLimit;

    /// <summary>Downloads what is not there yet.</summary>
    /// <param name="source">What to download.</param>
    /// <param name="partial">Where to; complete afterwards.</param>
    /// <param name="folder">Where the checkpoint belongs, for the advice to someone without a network.</param>
    /// <param name="progress">Told of every piece and of every wait.</param>
    /// <param name="cancellationToken">Cancels; what has come is kept.</param>
    /// <exception cref="FetchException">The file cannot be had, or the server contradicts itself.</exception>
    /// <exception cref="IOException">The partial download cannot be written.</exception>
    public async Task DownloadAsync(
        DownloadSource source, PartialDownload partial, string folder, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var furthest = partial.Length;
        for (var failures = 0; await AttemptAsync(source, partial, progress, cancellationToken) is { } problem; failures++)
        {
            if (partial.Length > furthest)
            {
                furthest = partial.Length;
                failures = 0;
            }

            if (failures == retryDelays.Count)
            {
                throw FetchException.For(source.Address, partial.Length > 0
                    ? $"{problem}, {failures + 1} times; {Amount(partial.Length)} are kept, and the same command goes on from there"
                    : $"{problem}; check the connection and try again, or {source.ByHand(folder)}");
            }

            progress?.Report(new FetchProgress(
                Step(source), partial.Length, partial.Origin?.Length, $"{problem}, again in {retryDelays[failures].TotalSeconds:0} s"));
            await Task.Delay(retryDelays[failures], cancellationToken);
        }
    }

    /// <summary>One connection. Returns null when the download is complete, or else the problem, as the end of a sentence, for which to try again.</summary>
    private async Task<string?> AttemptAsync(
        DownloadSource source, PartialDownload partial, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source.Address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("weights-tools", typeof(Downloader).Assembly.GetName().Version!.ToString(2)));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        var start = partial.ResumeAt;
        if (start > 0)
        {
            request.Headers.Range = new RangeHeaderValue(start, null);
            request.Headers.IfRange = partial.Origin!.Condition;
        }

        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return Accept(source, partial, start, response) ?? await CopyAsync(source, partial, response, progress, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return $"cannot be reached ({exception.Message.TrimEnd('.')})";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "does not answer";
        }
    }

    /// <summary>Makes the partial download ready for the body, or returns the problem for which to try again.</summary>
    private string? Accept(DownloadSource source, PartialDownload partial, long start, HttpResponseMessage response)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"answers {(int)response.StatusCode} {response.ReasonPhrase}").TrimEnd();
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                var whole = DownloadOrigin.Of(source.Address, response, response.Content.Headers.ContentLength);
                RequirePlausible(source, response, whole.Length);
                partial.Begin(whole);
                return null;
            case HttpStatusCode.PartialContent:
                var range = response.Content.Headers.ContentRange;
                if (start > 0 && partial.Origin!.IsContradictedBy(response))
                {
                    partial.Discard();
                    return Changed;
                }

                if (start == 0 || !IsRest(range, start, partial.Origin!.Length, response.Content.Headers.ContentLength))
                {
                    partial.Discard();
                    var asked = start == 0 ? "the whole file" : string.Create(CultureInfo.InvariantCulture, $"the rest from byte {start} on");
                    throw FetchException.For(source.Address, $"{status} with '{range}' where {asked} was asked for; try again from the beginning");
                }

                partial.ContinueAt(start);
                return null;
            case HttpStatusCode.RequestedRangeNotSatisfiable when start > 0:
                partial.Discard();
                return Changed;
            case >= HttpStatusCode.InternalServerError:
                return status;
            default:
                throw FetchException.For(source.Address, $"{status}; check the address");
        }
    }

    private void RequirePlausible(DownloadSource source, HttpResponseMessage response, long? length)
    {
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            throw FetchException.For(source.Address, "answers with a web page instead of a file; open the address in a browser to see what it says");
        }

        if (length is { } declared && source.Bytes is { } known && declared != known)
        {
            throw FetchException.For(
                source.Address, $"announces {Amount(declared)} instead of {Amount(known)}: it is another file; name this address itself to fetch it nevertheless");
        }

        if (length > sizeLimit)
        {
            throw FetchException.For(source.Address, $"announces {Amount(length.Value)}, and no more than {Amount(sizeLimit)} are fetched");
        }
    }

    /// <summary>Whether a Content-Range is from a position to the end of a file, and agrees with the body's length.</summary>
    private static bool IsRest(ContentRangeHeaderValue? range, long start, long? fileLength, long? bodyLength) =>
        range is { Unit: "bytes", From: { } from, To: { } to }
        && from == start
        && (range.Length ?? fileLength) is { } total
        && total == (fileLength ?? total)
        && to == total - 1
        && total - start == (bodyLength ?? (total - start));

    /// <summary>Appends the body; returns null at its end, or the problem for which to try again.</summary>
    private async Task<string?> CopyAsync(
        DownloadSource source, PartialDownload partial, HttpResponseMessage response, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var expected = partial.Origin!.Length ?? source.Bytes;
        var buffer = new byte[PieceLength];
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            progress?.Report(new FetchProgress(Step(source), partial.Length, expected));
            int read;
            try
            {
                stall.CancelAfter(stallTimeout);
                var body = await response.Content.ReadAsStreamAsync(stall.Token);
                read = await body.ReadAsync(buffer, stall.Token);
            }
            catch (IOException)
            {
                return BrokeOff(partial.Length, expected);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return $"sends nothing any more after {Amount(partial.Length)}";
            }

            if (read == 0)
            {
                return partial.Length < expected ? BrokeOff(partial.Length, expected) : null;
            }

            if (partial.Length + read > (expected ?? sizeLimit))
            {
                partial.Discard();
                throw FetchException.For(source.Address, expected is { } announced
                    ? $"sends more than the {Amount(announced)} of the file; try again later"
                    : $"sends more than {Amount(sizeLimit)}, the most that are fetched");
            }

            await partial.AppendAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    private static string BrokeOff(long length, long? expected) =>
        expected is { } total ? $"breaks off after {length:N0} of {Amount(total)}" : $"breaks off after {Amount(length)}";

    private static string Step(DownloadSource source) => $"fetching {source.FileName}";

    private static string Amount(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");
}
