using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.Audit;

/// <summary>What a signed head says of its record; part of what is signed, so that one never passes for another.</summary>
internal enum HeadKind
{
    /// <summary>The log had this record; exported.</summary>
    Checkpoint,

    /// <summary>The log ends with this record; replaced by every transaction.</summary>
    Tail,

    /// <summary>Retention removed this record and all before it.</summary>
    Cut,
}

/// <summary>A chain head with the signature over it.</summary>
internal sealed record SignedHead(HeadKind Kind, string LogId, long Seq, byte[] Hash, long TimeMs, string KeyId, byte[] Signature)
{
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(TimeMs);

    public byte[] Message() => Message(Kind, LogId, Seq, Hash, TimeMs);

    public static byte[] Message(HeadKind kind, string logId, long seq, byte[] hash, long timeMs) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"policygateway.audit.head.v1\n{kind.Name()}\n{logId}\n{seq}\n{Convert.ToHexStringLower(hash)}\n{timeMs}"));

    /// <summary>One line of the heads file, without its end.</summary>
    public string ToLine()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("log", LogId);
            json.WriteNumber("seq", Seq);
            json.WriteString("hash", Convert.ToHexStringLower(Hash));
            json.WriteNumber("time_ms", TimeMs);
            json.WriteString("key", KeyId);
            json.WriteBase64String("signature", Signature);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Null where the line is not a head.</summary>
    public static SignedHead? ParseLine(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return new SignedHead(
                HeadKind.Checkpoint,
                root.GetProperty("log").GetString() ?? "",
                root.GetProperty("seq").GetInt64(),
                Convert.FromHexString(root.GetProperty("hash").GetString() ?? ""),
                root.GetProperty("time_ms").GetInt64(),
                root.GetProperty("key").GetString() ?? "",
                root.GetProperty("signature").GetBytesFromBase64());
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The names of head kinds as stored and signed.</summary>
internal static class HeadKindNames
{
    public static string Name(this HeadKind kind) => kind switch
    {
        HeadKind.Checkpoint => "checkpoint",
        HeadKind.Tail => "tail",
        _ => "cut",
    };
}
