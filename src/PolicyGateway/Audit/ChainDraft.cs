using System.Security.Cryptography;

namespace PolicyGateway.Audit;

/// <summary>A transaction in the making: the head moves here first.</summary>
internal sealed class ChainDraft(AuditStore store, ChainHead head, DateTimeOffset now)
{
    // Cut to what the payload keeps, so that a head read back from the database compares equal.
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());

    public AuditStore Store => store;

    public ChainHead Head { get; private set; } = head;

    public void Append(AuditRecord record, EvidenceSeal? seal)
    {
        var seq = Head.Seq + 1;
        var (subject, organisation) = (SaltedValue.Of(record.Subject), SaltedValue.Of(record.Organisation));
        var box = record.Evidence is { } text && seal is not null
            ? seal.Seal(store.LogId, seq, record.DecisionId, text)
            : null;
        var digests = new Digests(subject?.Digest, organisation?.Digest, box is null ? null : Convert.ToHexStringLower(SHA256.HashData(box)));
        Append(stamp => AuditPayload.OfDecision(record, stamp, digests));
        if (subject is not null || organisation is not null)
        {
            store.AddPersonal(seq, record.Issuer, subject, organisation, null);
        }

        if (box is not null)
        {
            store.AddEvidence(seq, box);
        }
    }

    public void Append(ChangeRecord record)
    {
        var (subject, reason) = (SaltedValue.Of(record.Subject), SaltedValue.Of(record.Reason));
        var seq = Append(stamp => AuditPayload.OfChange(record, stamp, new Digests(subject?.Digest, null, null, reason?.Digest)));
        if (subject is not null || reason is not null)
        {
            store.AddPersonal(seq, record.Issuer, subject, null, reason);
        }
    }

    public long Append(Func<Stamp, byte[]> encode)
    {
        var stamp = Stamp.After(Head, _now);
        var payload = encode(stamp);
        var seq = Head.Seq + 1;
        var hash = ChainHash.Of(Head.Hash, seq, payload);
        store.Append(seq, payload, Head.Hash, hash);
        Head = new ChainHead(seq, hash, stamp.RecordedAt);
        return seq;
    }
}
