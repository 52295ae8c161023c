using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace PolicyGateway.Audit;

/// <summary>
/// The canonical JSON of a record as it is hashed: fixed order, nulls left out, times in UTC. Version 1; a reader must
/// refuse what it does not know, so any change of meaning needs a new version.
/// </summary>
internal static class AuditPayload
{
    public const int Version = 1;

    public const string DecisionKind = "decision";
    public const string ChangeKind = "change";
    public const string ErasureKind = "erasure";
    public const string RetentionKind = "retention";
    public const string KeyKind = "key";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static byte[] OfDecision(AuditRecord record, Stamp stamp, Digests digests) => Write(DecisionKind, stamp, json =>
    {
        json.WriteString("event", record.Event.Name());
        json.WriteString("decision", record.DecisionId);
        json.WriteString("time", Text(record.Time));
        Optional(json, "trace", record.TraceId);
        Optional(json, "issuer", record.Issuer);
        Optional(json, "subject_digest", digests.Subject);
        Optional(json, "organisation_digest", digests.Organisation);
        Optional(json, "tenant", record.Tenant);
        Optional(json, "project", record.Project);
        Optional(json, "end_user", record.EndUser);
        Optional(json, "key_id", record.KeyId);
        Optional(json, "acr", record.Acr);
        Optional(json, "binding", record.Binding);
        json.WriteString("tier", record.Tier);
        List(json, "credentials", record.Credentials);
        if (!record.Grants.IsEmpty)
        {
            List(json, "grants", record.Grants);
        }

        if (!record.GrantsUsed.IsEmpty)
        {
            List(json, "grants_used", record.GrantsUsed);
        }

        json.WriteString("dialect", record.Dialect);
        Optional(json, "model", record.RequestedModel);
        json.WriteString("policy", record.PolicyVersion);
        json.WriteString("mode", record.Mode);
        json.WriteString("classifier", record.ClassifierModel);
        Verdict(json, "prompt", record.Prompt);
        Verdict(json, "completion", record.Completion);
        json.WriteString("action", record.Action);
        json.WriteString("reason", record.Reason);
        json.WriteString("rule", record.Rule);
        Optional(json, "category", record.Category);
        List(json, "clearance", record.Clearance);
        json.WriteString("release_mode", record.ReleaseMode);
        json.WriteString("outcome", record.Outcome);
        json.WriteNumber("status", record.Status);
        json.WriteNumber("released_bytes", record.ReleasedBytes);
        Optional(json, "released_hash", record.ReleasedHash);
        Optional(json, "evidence_digest", digests.Evidence);
    });

    public static byte[] OfChange(ChangeRecord record, Stamp stamp, Digests digests) => Write(ChangeKind, stamp, json =>
    {
        json.WriteString("event", record.Event);
        Optional(json, "issuer", record.Issuer);
        Optional(json, "subject_digest", digests.Subject);
        json.WriteString("target", record.Target);
        foreach (var (name, value) in record.Details)
        {
            json.WriteString(name, value);
        }

        if (!record.Categories.IsEmpty)
        {
            List(json, "categories", record.Categories);
        }

        Optional(json, "reason_digest", digests.Reason);
    });

    /// <summary>Names the records whose personal row and evidence were erased, so that a row lost otherwise is still found.</summary>
    public static byte[] OfErasure(Stamp stamp, IEnumerable<long> erased) => Write(ErasureKind, stamp, json =>
    {
        json.WriteStartArray("erased");
        foreach (var seq in erased)
        {
            json.WriteNumberValue(seq);
        }

        json.WriteEndArray();
    });

    public static byte[] OfRetention(Stamp stamp, long through) =>
        Write(RetentionKind, stamp, json => json.WriteNumber("removed_through", through));

    public static byte[] OfKey(Stamp stamp, SigningKey key) => Write(KeyKind, stamp, json =>
    {
        json.WriteString("key", key.Id);
        json.WriteString("public_key", key.PublicKey);
    });

    public static DateTimeOffset RecordedAt(JsonElement payload) =>
        DateTimeOffset.ParseExact(
            payload.GetProperty("recorded_at").GetString() ?? "", TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static string Name(this AuditEvent moment) => moment switch
    {
        AuditEvent.Refusal => "refusal",
        AuditEvent.ReleaseIntent => "release_intent",
        _ => "outcome",
    };

    private static byte[] Write(string kind, Stamp stamp, Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            json.WriteString("kind", kind);
            json.WriteString("recorded_at", Text(stamp.RecordedAt));
            if (stamp.ClockMovedBack)
            {
                json.WriteBoolean("clock_moved_back", true);
            }

            fields(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void List(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values.IsDefault ? [] : values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void Verdict(Utf8JsonWriter json, string name, AuditVerdict? verdict)
    {
        if (verdict is null)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("severity", verdict.Severity);
        json.WriteString("stage", verdict.Stage);
        Optional(json, "unknown", verdict.Unknown);
        json.WriteStartArray("findings");
        foreach (var finding in verdict.Findings.IsDefault ? [] : verdict.Findings)
        {
            json.WriteStartObject();
            json.WriteString("category", finding.Category);

            // JSON has no NaN, and a record must not be lost over one.
            json.WriteNumber("confidence", float.IsFinite(finding.Confidence) ? finding.Confidence : -1);
            json.WriteString("band", finding.Band);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Signals(json, verdict.Signals);
        json.WriteEndObject();
    }

    private static void Signals(Utf8JsonWriter json, ImmutableArray<AuditSignal> signals)
    {
        if (signals.IsDefaultOrEmpty)
        {
            return;
        }

        json.WriteStartArray("signals");
        foreach (var signal in signals)
        {
            json.WriteStartObject();
            json.WriteString("source", signal.Source);
            json.WriteString("subject", signal.Subject);
            json.WriteNumber("score", signal.Score);
            json.WriteString("effect", signal.Effect);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>When the log wrote a record. The time never runs backwards; where the clock did, the record says so.</summary>
internal readonly record struct Stamp(DateTimeOffset RecordedAt, bool ClockMovedBack)
{
    public static Stamp After(ChainHead head, DateTimeOffset now) =>
        now < head.RecordedAt ? new Stamp(head.RecordedAt, true) : new Stamp(now, false);
}

/// <summary>What the chain holds of values that are stored beside it.</summary>
internal readonly record struct Digests(string? Subject, string? Organisation, string? Evidence, string? Reason = null);
