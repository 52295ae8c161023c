using System.Collections.Frozen;

namespace PolicyGateway.Audit;

/// <summary>What the audit calls a change (<see cref="ChangeRecord.Event"/>): every name there is, each explained in docs/access.md.</summary>
internal static class ChangeEvents
{
    /// <summary>The end of the name of a change that was recorded and then not made.</summary>
    public const string Lost = ".lost";

    /// <summary>The end of the name of what was taken away and could not be kept.</summary>
    public const string Unkept = ".unkept";

    /// <summary>The end of the name of a look, in the record of whom it was for.</summary>
    public const string For = "_for";

    public const string RequestCreated = "request.created";
    public const string RequestWithdrawn = "request.withdrawn";
    public const string RequestApproval = "request.approval";
    public const string RequestApproved = "request.approved";
    public const string RequestDenied = "request.denied";
    public const string AppealCreated = "appeal.created";
    public const string AppealUpheld = "appeal.upheld";
    public const string AppealOverturned = "appeal.overturned";
    public const string AppealMistake = "appeal.mistake";
    public const string GrantCreated = "grant.created";
    public const string GrantShared = "grant.shared";
    public const string GrantRevoked = "grant.revoked";
    public const string BreakGlassOpened = "break_glass.opened";
    public const string BreakGlassReviewed = "break_glass.reviewed";
    public const string KeyCreated = "key.created";
    public const string KeyRotated = "key.rotated";
    public const string KeyRevoked = "key.revoked";
    public const string IdentityJoined = "identity.joined";
    public const string IdentityUndone = "identity.undone";
    public const string RevocationCreated = "revocation.created";
    public const string RevocationLifted = "revocation.lifted";
    public const string AuditSearched = "audit.searched";
    public const string AccessSearched = "access.searched";
    public const string EvidenceSeen = "evidence.seen";
    public const string PrivacyExported = "privacy.exported";
    public const string PrivacyErased = "privacy.erased";
    public const string RetentionApplied = "retention.applied";
    public const string StateRestored = "state.restored";

    private static readonly FrozenSet<string> Names = typeof(ChangeEvents).GetFields().Where(static field => field.IsLiteral)
        .Select(static field => (string)field.GetRawConstantValue()!).Where(static name => name[0] is not ('.' or '_')).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the audit may call a change so, with one of the endings or none.</summary>
    public static bool IsOne(string name) =>
        Names.Contains(name) || new[] { Lost, Unkept, For }.Any(ending => name.EndsWith(ending, StringComparison.Ordinal) && Names.Contains(name[..^ending.Length]));
}
