using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gpu.Tests.WeightsTools.Fetching;

/// <summary>What a client asked.</summary>
internal sealed record LoopbackRequest(string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte of the range asked for; null if the whole was asked for.</summary>
    public int? RangeStart => Headers.TryGetValue("Range", out var range)
        ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
        : null;
}

/// <summary>What a server sends, honest or not: a status line, headers exactly as given, and a body.</summary>
internal sealed record LoopbackResponse(string Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Bytes of the body after which the connection is closed.</summary>
    public int BreakAfter { get; init; } = int.MaxValue;

    /// <summary>The connection stays open after the bytes until this is done.</summary>
    public Task Hold { get; init; } = Task.CompletedTask;

    /// <summary>Sends the body in one chunk without a length beforehand.</summary>
    public bool Chunked { get; init; }

    /// <summary>Sends the body again and again.</summary>
    public bool Endless { get; init; }
}

/// <summary>An HTTP server on the loopback address that answers as a test wants; every connection is for one request.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<LoopbackRequest, LoopbackResponse> answer;
    private readonly ConcurrentQueue<LoopbackRequest> requests = new();

    public LoopbackServer(Func<LoopbackRequest, LoopbackResponse> answer)
    {
        this.answer = answer;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<LoopbackRequest> Requests => [.. requests];

    public string Address(string file) => $"http://127.0.0.1:{Port}/files/{file}";

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server is closed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var request = await ReadAsync(stream);
                requests.Enqueue(request);
                await SendAsync(stream, answer(request));
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }

    private static async Task<LoopbackRequest> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var target = (await reader.ReadLineAsync())!.Split(' ')[1];
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new LoopbackRequest(target, headers);
    }

    private static async Task SendAsync(NetworkStream stream, LoopbackResponse response)
    {
        var head = new StringBuilder($"HTTP/1.1 {response.Status}\r\nConnection: close\r\n");
        foreach (var (name, value) in response.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(response.Chunked ? $"Transfer-Encoding: chunked\r\n\r\n{response.Body.Length:x}\r\n" : "\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()));
        do
        {
            await stream.WriteAsync(response.Body.AsMemory(0, Math.Min(response.Body.Length, response.BreakAfter)));
        }
        while (response.Endless);
        if (response.Chunked && response.BreakAfter >= response.Body.Length)
        {
            await stream.WriteAsync("\r\n0\r\n\r\n"u8.ToArray());
        }

        await response.Hold;
    }
}
