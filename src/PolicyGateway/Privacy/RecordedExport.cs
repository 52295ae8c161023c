using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Privacy;

/// <summary>An administrator's export of a person: that he looked is recorded before anything is read.</summary>
internal sealed class RecordedExport(Export export, PrivacyKey key, IAuditLog audit)
{
    public async Task<AccessResult<PersonExport>> OfAsync(PersonRef by, string? issuer, string? subject, string? after, CancellationToken cancellationToken)
    {
        var named = NamedPerson.Of(issuer, subject);
        if (named.Value is not { } person)
        {
            return named.Fault!;
        }

        await audit.CommitAsync(
            new ChangeRecord { Event = ChangeEvents.PrivacyExported, Issuer = by.Issuer, Subject = by.Subject, Target = key.DigestOf(person.Issuer, person.Subject) }, cancellationToken);
        return await export.InFullAsync(person, after, cancellationToken);
    }
}

/// <summary>Whom an administrator means.</summary>
internal static class NamedPerson
{
    private static readonly AccessFault Nobody = AccessFault.Invalid("issuer and subject: the person, exactly as his tokens name him.");

    public static AccessResult<PersonRef> Of(string? issuer, string? subject) =>
        string.IsNullOrEmpty(issuer) || string.IsNullOrEmpty(subject) || subject == PersonRef.Erased ? Nobody : new PersonRef(issuer, subject);
}
