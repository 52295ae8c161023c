using System.Collections.Immutable;

namespace PolicyGateway.Audit;

/// <summary>What a verification found.</summary>
/// <param name="LogId">The log's own id; null where it could not be read.</param>
/// <param name="Records">Records read.</param>
/// <param name="FirstSeq">The first record that retention left; 0 in an empty log.</param>
/// <param name="LastSeq">The last record.</param>
/// <param name="LastHash">Its hash in hex.</param>
/// <param name="HeadsChecked">Signed or given heads compared with the chain.</param>
/// <param name="Erased">Records whose personal fields were erased.</param>
/// <param name="Faults">Empty for an intact log; at most <see cref="MaxFaults"/>.</param>
internal sealed record VerificationReport(
    string? LogId, long Records, long FirstSeq, long LastSeq, string? LastHash, int HeadsChecked, long Erased, ImmutableArray<AuditFault> Faults)
{
    public const int MaxFaults = 1_000;

    public bool Intact => Faults.IsEmpty;
}

/// <summary>Something that is not as it was written.</summary>
/// <param name="Kind">What is broken.</param>
/// <param name="Seq">The record; null where the fault is not one record's.</param>
/// <param name="DecisionId">The record's decision, as far as it can be read.</param>
/// <param name="Message">A sentence for people.</param>
internal sealed record AuditFault(AuditFaultKind Kind, long? Seq, string? DecisionId, string Message);

internal enum AuditFaultKind
{
    /// <summary>A record's content, link or hash was changed.</summary>
    Altered,

    /// <summary>Records are gone from within the chain or before it.</summary>
    Missing,

    /// <summary>The chain holds together, but is not the one that was signed.</summary>
    Rewritten,

    /// <summary>Records are gone from the end.</summary>
    CutOff,

    /// <summary>Personal fields do not match their digest, or are gone without an erasure.</summary>
    Personal,

    /// <summary>Sealed evidence does not match its digest, or is gone without an erasure.</summary>
    Evidence,

    /// <summary>A signed head is forged, unreadable or from another log.</summary>
    Head,

    /// <summary>No key to check signatures with.</summary>
    Key,

    /// <summary>The database itself cannot be read.</summary>
    Unreadable,
}
