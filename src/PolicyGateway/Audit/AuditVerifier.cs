using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;

namespace PolicyGateway.Audit;

/// <summary>
/// Walks an audit log and names every record that is not as it was written. Trusts the public keys and the heads that it is
/// given, and nothing in the database.
/// </summary>
internal sealed class AuditVerifier
{
    private readonly IReadOnlyDictionary<string, VerifyingKey> _keys;
    private readonly ImmutableArray<AuditFault>.Builder _faults = ImmutableArray.CreateBuilder<AuditFault>();
    private readonly Dictionary<long, List<ExpectedHead>> _expected = [];
    private readonly Dictionary<long, AuditFault> _unexplained = [];
    private readonly HashSet<long> _erased = [];
    private readonly HashSet<string> _missingKeys = new(StringComparer.Ordinal);
    private int _heads;

    private AuditVerifier(IReadOnlyDictionary<string, VerifyingKey> keys) => _keys = keys;

    /// <param name="file">The database.</param>
    /// <param name="keys">Public keys of the audit, by id; more than one after a change of keys.</param>
    /// <param name="heads">
    /// Heads that the chain must contain. Read them before this call: heads leave after their records are durable, so what was
    /// exported then is in the snapshot that is opened now.
    /// </param>
    /// <param name="progress">Told how many records were read.</param>
    /// <param name="cancellationToken">Ends it between two records.</param>
    public static VerificationReport Verify(
        string file, IReadOnlyDictionary<string, VerifyingKey> keys, IReadOnlyList<ExpectedHead> heads, Action<long>? progress = null, CancellationToken cancellationToken = default) =>
        new AuditVerifier(keys).Run(file, heads, progress, cancellationToken);

    private VerificationReport Run(string file, IReadOnlyList<ExpectedHead> heads, Action<long>? progress, CancellationToken cancellationToken)
    {
        string? logId = null;
        var (records, first, last, lastHash) = (0L, 0L, 0L, Array.Empty<byte>());
        try
        {
            using var database = AuditDatabase.Open(file);
            logId = database.ReadLogId() ?? "";
            var own = database.ReadHeads(logId).ToList();
            var (cut, tail) = (own.Find(head => head.Kind == HeadKind.Cut), own.Find(head => head.Kind == HeadKind.Tail));
            foreach (var head in own.Select(head => ExpectedHead.Of(head, $"the database's {head.Kind.Name()}")).Concat(heads))
            {
                Expect(head, logId, cut);
            }

            (last, lastHash) = cut is null ? (0, ChainHash.Genesis(logId)) : (cut.Seq, cut.Hash);
            string? lastDecision = null;
            var selfConsistent = true;
            foreach (var record in database.ReadRecords())
            {
                first = first == 0 ? record.Seq : first;
                records++;
                progress?.Invoke(records);
                cancellationToken.ThrowIfCancellationRequested();
                var payload = Parse(record.Payload);
                var decision = DecisionOf(payload, record.Payload);
                CheckGap(record, last, decision, lastDecision);
                var links = record.Seq != last + 1 || !selfConsistent || record.Previous.AsSpan().SequenceEqual(lastHash);
                selfConsistent = CheckRecord(record, payload, decision, links);
                CheckBeside(record, payload, decision);
                CheckHeadsAt(record, decision);
                (last, lastHash, lastDecision) = (record.Seq, record.Hash, decision);
            }

            CheckEnd(database, last, lastDecision, tail, records);
            CheckErasures();
        }
        catch (Exception fault) when (fault is SqliteException or InvalidCastException or InvalidOperationException or FormatException)
        {
            Add(AuditFaultKind.Unreadable, null, null, $"'{file}' cannot be read: {fault.Message}");
        }

        return new VerificationReport(
            logId, records, first, last, records == 0 ? null : Convert.ToHexStringLower(lastHash), _heads, _erased.Count, _faults.ToImmutable());
    }

    private void Expect(ExpectedHead head, string logId, SignedHead? cut)
    {
        if (head.Hash.Length != ChainHash.Size)
        {
            Add(AuditFaultKind.Head, null, null, $"{head.Source} is not a head.");
            return;
        }

        if (head.Signed is { } signed)
        {
            if (signed.LogId != logId)
            {
                Add(AuditFaultKind.Head, head.Seq, null, $"{head.Source} belongs to another log ({signed.LogId}).");
                return;
            }

            if (!_keys.TryGetValue(signed.KeyId, out var key))
            {
                if (_missingKeys.Add(signed.KeyId))
                {
                    Add(AuditFaultKind.Key, head.Seq, null, $"{head.Source} is signed by key {signed.KeyId}, which is not among the keys given ({string.Join(", ", _keys.Keys)}).");
                }

                return;
            }

            if (!key.Verifies(signed))
            {
                Add(AuditFaultKind.Head, head.Seq, null, $"{head.Source} for record {head.Seq} has a signature that does not verify: it was altered or forged.");
                return;
            }
        }

        _heads++;
        if (cut is not null && head.Seq == cut.Seq && !head.Hash.AsSpan().SequenceEqual(cut.Hash))
        {
            Add(AuditFaultKind.Rewritten, head.Seq, null, $"{head.Source} has another hash for record {head.Seq} than the cut of the retention.");
        }
        else if (cut is null || head.Seq > cut.Seq)
        {
            (_expected.TryGetValue(head.Seq, out var list) ? list : _expected[head.Seq] = []).Add(head);
        }
    }

    private void CheckGap(StoredRecord record, long last, string? decision, string? lastDecision)
    {
        if (record.Seq != last + 1)
        {
            var gone = record.Seq - last == 2 ? $"Record {last + 1} is" : $"Records {last + 1} to {record.Seq - 1} are";
            Add(AuditFaultKind.Missing, last + 1, null, $"{gone} missing: between {Named(last, lastDecision)} and {Named(record.Seq, decision)}.");
        }
    }

    private bool CheckRecord(StoredRecord record, JsonElement? payload, string? decision, bool links)
    {
        var sound = record.Previous.Length == ChainHash.Size
            && record.Hash.AsSpan().SequenceEqual(ChainHash.Of(record.Previous, record.Seq, record.Payload));
        if (!sound)
        {
            Add(AuditFaultKind.Altered, record.Seq, decision, $"{Named(record.Seq, decision)} was altered, or stands in another's place: its hash does not fit its content.");
        }
        else if (!links)
        {
            Add(AuditFaultKind.Altered, record.Seq, decision, $"{Named(record.Seq, decision)} does not follow record {record.Seq - 1}: one of the two was replaced.");
        }
        else if (payload is not { } json || !json.TryGetProperty("v", out var version) || version.GetRawText() != $"{AuditPayload.Version}")
        {
            Add(AuditFaultKind.Altered, record.Seq, decision, $"{Named(record.Seq, decision)} has a payload that this version cannot read.");
        }

        return sound;
    }

    private void CheckBeside(StoredRecord record, JsonElement? payload, string? decision)
    {
        if (payload is not { } json)
        {
            return;
        }

        if (Text(json, "kind") == AuditPayload.ErasureKind && json.TryGetProperty("erased", out var erased) && erased.ValueKind == JsonValueKind.Array)
        {
            _erased.UnionWith(erased.EnumerateArray().Where(seq => seq.ValueKind == JsonValueKind.Number).Select(seq => seq.GetInt64()));
        }

        var (subject, organisation, evidence) = (Text(json, "subject_digest"), Text(json, "organisation_digest"), Text(json, "evidence_digest"));
        var reason = Text(json, "reason_digest");
        if (record.Personal is { } personal)
        {
            var found = Digest(personal.Reason, personal.ReasonSalt);
            if (found is null && reason is not null)
            {
                // Of what others wrote about a person that is erased, and who wrote it is not.
                Unexplained(AuditFaultKind.Personal, $"The reason of {Named(record.Seq, decision)} is gone, and no erasure names it.");
            }

            if (Digest(personal.Subject, personal.SubjectSalt) != subject
                || Digest(personal.Organisation, personal.OrganisationSalt) != organisation
                || (found is not null && found != reason)
                || personal.Issuer != Text(json, "issuer"))
            {
                Add(AuditFaultKind.Personal, record.Seq, decision, $"The personal fields of {Named(record.Seq, decision)} do not match their digest.");
            }
        }
        else if (subject is not null || organisation is not null || reason is not null)
        {
            Unexplained(AuditFaultKind.Personal, $"The personal fields of {Named(record.Seq, decision)} are gone, and no erasure names them.");
        }

        if (record.Evidence is { } box)
        {
            if (Convert.ToHexStringLower(SHA256.HashData(box)) != evidence)
            {
                Add(AuditFaultKind.Evidence, record.Seq, decision, $"The sealed evidence of {Named(record.Seq, decision)} does not match its digest.");
            }
        }
        else if (evidence is not null)
        {
            Unexplained(AuditFaultKind.Evidence, $"The sealed evidence of {Named(record.Seq, decision)} is gone, and no erasure names it.");
        }

        void Unexplained(AuditFaultKind kind, string message) => _unexplained.TryAdd(record.Seq, new AuditFault(kind, record.Seq, decision, message));
    }

    private void CheckHeadsAt(StoredRecord record, string? decision)
    {
        if (_expected.Remove(record.Seq, out var heads))
        {
            foreach (var head in heads.Where(head => !head.Hash.AsSpan().SequenceEqual(record.Hash)
                && !head.Hash.AsSpan().SequenceEqual(ChainHash.Of(record.Previous, record.Seq, record.Payload))))
            {
                Add(AuditFaultKind.Rewritten, record.Seq, decision, $"{Named(record.Seq, decision)} is not the one in {head.Source}: it, or one before it, was rewritten.");
            }
        }
    }

    private void CheckEnd(AuditDatabase database, long last, string? lastDecision, SignedHead? tail, long records)
    {
        foreach (var (seq, heads) in _expected.OrderBy(pair => pair.Key))
        {
            if (seq > last)
            {
                Add(AuditFaultKind.CutOff, last + 1, null, $"The log ends with {Named(last, lastDecision)}, and {heads[0].Source} proves record {seq}: {seq - last} or more were cut off.");
            }
        }

        if (records > 0 && tail is null)
        {
            Add(AuditFaultKind.Head, last, lastDecision, "The signed end of the log is gone.");
        }
        else if (tail is not null && tail.Seq < last)
        {
            Add(AuditFaultKind.Rewritten, tail.Seq + 1, null, $"Records after {tail.Seq} were added by something else than the gateway: the signed end is record {tail.Seq}.");
        }

        foreach (var seq in database.ReadOrphans())
        {
            Add(AuditFaultKind.Missing, seq, null, $"Record {seq} is missing, and fields that belong to it are not.");
        }
    }

    private void CheckErasures()
    {
        foreach (var (_, fault) in _unexplained.Where(pair => !_erased.Contains(pair.Key)))
        {
            Add(fault.Kind, fault.Seq, fault.DecisionId, fault.Message);
        }
    }

    private void Add(AuditFaultKind kind, long? seq, string? decision, string message)
    {
        if (_faults.Count < VerificationReport.MaxFaults)
        {
            _faults.Add(new AuditFault(kind, seq, decision, message));
        }
    }

    private static string Named(long seq, string? decision) => seq == 0 ? "the beginning" : decision is null ? $"record {seq}" : $"record {seq} (decision {decision})";

    private static string? Digest(byte[]? value, byte[]? salt) => value is null && salt is null ? null : ChainHash.Digest(salt ?? [], value ?? []);

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Parse(byte[] payload)
    {
        try
        {
            // The parser leaves it to whoever reads a string to find that it is none.
            using var json = Utf8.IsValid(payload) ? JsonDocument.Parse(payload) : null;
            return json?.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A payload that no longer parses mostly still shows whose it was.
    private static string? DecisionOf(JsonElement? payload, byte[] bytes)
    {
        if (payload is { } json)
        {
            return Text(json, "decision");
        }

        var text = Encoding.UTF8.GetString(bytes);
        const string Mark = "\"decision\":\"";
        var start = text.IndexOf(Mark, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf('"', start + Mark.Length);
        return end < 0 ? null : text[(start + Mark.Length)..end];
    }
}
