using System.Net;
using System.Text;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Streams;

/// <summary>Sends one stream through the gateway and says what is wrong with what came of it; null where nothing is.</summary>
internal sealed class StreamRun(TheGateway gateway, StreamScript script)
{
    private const string Marker = Fakes.KeywordClassifier.Cyber;

    public async Task<string?> CheckAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, script.Speller.Path) { Content = TheGateway.Json(script.Speller.Request($"stream {script.Seed}", script.Choices)) };
        if (Token() is { } token)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var (body, isBroken) = await ReadAsync(response);
        var record = await gateway.Audit.OfAsync(response.Headers.GetValues("x-request-id").Single());
        return Check(response, body, isBroken, record);
    }

    private string? Check(HttpResponseMessage response, byte[] body, bool isBroken, AuditRecord record)
    {
        var released = (int)record.ReleasedBytes;
        if (released > body.Length || !body.AsSpan(0, released).SequenceEqual(script.Bytes.AsSpan(0, Math.Min(released, script.Bytes.Length))))
        {
            return $"What was released is no prefix of the backend's bytes: {released} of {body.Length}.";
        }

        var rest = Encoding.UTF8.GetString(body.AsSpan(released));
        var isCleared = script.Asker == Asker.Cleared;
        var most = script.Asker == Asker.Demoted ? MostForDemoted() : script.MostForUncleared;
        if (!isCleared && released > most)
        {
            return $"{released} bytes were released, and at most {most} may be.";
        }

        if (rest.Contains(Marker, StringComparison.Ordinal) || response.Headers.ToString().Contains(Marker, StringComparison.Ordinal))
        {
            return "The marker stands in what the gateway itself wrote.";
        }

        return CheckOutcome(response, rest, isBroken, record, released, isCleared);
    }

    private string? CheckOutcome(HttpResponseMessage response, string rest, bool isBroken, AuditRecord record, int released, bool isCleared)
    {
        switch (record.Outcome)
        {
            case "released":
                return released != script.Bytes.Length || rest.Length > 0 || isBroken ? "Released, but not all of it." : MayBeWhole(isCleared);
            case "refused" when isCleared:
                return $"A caller to whom all of it is open was refused: {record.Reason}.";
            case "refused":
                return isBroken ? "A refusal broke the connection."
                    : response.StatusCode == HttpStatusCode.OK ? script.Speller.IsBlock(rest) ? null : "A refusal after the first byte is not the dialect's block."
                    : response.StatusCode == HttpStatusCode.Forbidden && released == 0 ? null : "A refusal before the first byte is no 403.";
            case "upstream_failed":
                return script.Fault == BackendFault.None ? $"A backend without a fault failed: {record.Reason}."
                    : released > 0 && !isBroken ? "A failure after the first byte did not break the connection." : null;
            default:
                return $"Ended as {record.Outcome}, {record.Reason}.";
        }
    }

    private string? MayBeWhole(bool isCleared)
    {
        var isOpen = isCleared || !script.HasMarker || (script.Asker == Asker.Demoted && script.DemotedBehind == script.Pieces.Count - 1);
        return !isOpen ? "All of it was released to somebody who is not cleared."
            : script.Fault is BackendFault.None or BackendFault.Truncated ? null : "A broken answer was released as if it were whole.";
    }

    /// <summary>What had come before he was demoted, if the marker was in it; else as for anyone.</summary>
    private int MostForDemoted() => Math.Max(script.MostForUncleared, script.Pieces.Take(script.DemotedBehind + 1).Sum());

    private string? Token() => script.Asker switch
    {
        Asker.Cleared => gateway.Professional,
        Asker.ClearedForAnother => gateway.Token("professional"),
        Asker.Demoted => gateway.TokenOfSubject($"subject-{script.Seed}"),
        _ => null,
    };

    private static async Task<(byte[] Body, bool IsBroken)> ReadAsync(HttpResponseMessage response)
    {
        using var body = new MemoryStream();
        try
        {
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(body);
            return (body.ToArray(), false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return (body.ToArray(), true);
        }
    }
}
