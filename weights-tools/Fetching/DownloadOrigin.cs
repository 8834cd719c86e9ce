using System.Net.Http.Headers;
using System.Text.Json;

namespace Gpu.WeightsTools.Fetching;

/// <summary>What identifies the file on the server that a partial download is a part of.</summary>
/// <param name="Address">The address asked, before redirections.</param>
/// <param name="Length">Bytes of the whole file, if the server says so.</param>
/// <param name="EntityTag">The server's tag of this version of the file, with its quotes.</param>
/// <param name="LastModified">When the file was changed.</param>
internal sealed record DownloadOrigin(string Address, long? Length, string? EntityTag, DateTimeOffset? LastModified)
{
    private const int LargestFile = 1 << 16;

    /// <summary>
    /// The condition under which a server may send the rest only (RFC 9110, section 13.1.5): a strong tag, or else the date. Null
    /// where there is neither: then a part cannot be told from a part of another version.
    /// </summary>
    public RangeConditionHeaderValue? Condition
    {
        get
        {
            if (EntityTagHeaderValue.TryParse(EntityTag, out var tag) && !tag.IsWeak)
            {
                return new RangeConditionHeaderValue(tag);
            }

            return LastModified is { } date ? new RangeConditionHeaderValue(date) : null;
        }
    }

    /// <summary>What a response tells about the file.</summary>
    public static DownloadOrigin Of(Uri address, HttpResponseMessage response, long? length) => new(
        address.AbsoluteUri, length, response.Headers.ETag?.ToString(), response.Content.Headers.LastModified);

    /// <summary>Whether a response is of another version of the file; a partial one need not repeat what the first one told.</summary>
    public bool IsContradictedBy(HttpResponseMessage response)
    {
        var other = Of(new Uri(Address), response, null);
        return (other.EntityTag ?? EntityTag) != EntityTag || (other.LastModified ?? LastModified) != LastModified;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null if the file is missing or anything else.</summary>
    public static DownloadOrigin? Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length <= LargestFile ? JsonSerializer.Deserialize<DownloadOrigin>(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a small JSON file.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this));
}
