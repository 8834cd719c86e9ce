using System.Globalization;

namespace Gpu.Tests.WeightsTools.Fetching;

/// <summary>A file as an honest server has it, with ranges and their conditions (RFC 9110, sections 13.1.5 and 14).</summary>
internal sealed record ServedFile(byte[] Content, string? EntityTag = "\"v1\"", string? LastModified = null)
{
    /// <summary>The answer to a request.</summary>
    public LoopbackResponse Answer(LoopbackRequest request) => Answer(request, int.MaxValue);

    /// <summary>The answer to a request, cut off after some bytes.</summary>
    public LoopbackResponse Answer(LoopbackRequest request, int breakAfter)
    {
        var condition = request.Headers.GetValueOrDefault("If-Range");
        var start = condition is null || condition == EntityTag || condition == LastModified ? request.RangeStart : null;
        return start switch
        {
            null => Whole(breakAfter),
            _ when start >= Content.Length => new LoopbackResponse(
                "416 Range Not Satisfiable", [], ("Content-Range", $"bytes */{Content.Length}"), ("Content-Length", "0")),
            _ => Part(start.Value, breakAfter),
        };
    }

    /// <summary>All of it, whatever was asked.</summary>
    public LoopbackResponse Whole(int breakAfter = int.MaxValue) => Respond("200 OK", Content, breakAfter);

    private LoopbackResponse Part(int start, int breakAfter) => Respond(
        "206 Partial Content", Content[start..], breakAfter, ("Content-Range", $"bytes {start}-{Content.Length - 1}/{Content.Length}"));

    private LoopbackResponse Respond(string status, byte[] body, int breakAfter, params (string, string)[] headers)
    {
        (string, string)[] all = [("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)), ("Content-Type", "application/gzip"), .. headers];
        all = EntityTag is null ? all : [.. all, ("ETag", EntityTag)];
        all = LastModified is null ? all : [.. all, ("Last-Modified", LastModified)];
        return new LoopbackResponse(status, body, all) { BreakAfter = breakAfter };
    }
}
