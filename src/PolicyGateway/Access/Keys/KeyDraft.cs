namespace PolicyGateway.Access.Keys;

/// <summary>What a new key is to be.</summary>
internal sealed record KeyDraft(string? Name, int? Days, string? Tier = null, string? Tenant = null, OrganisationRef? Organisation = null, bool? MultiUser = null);

/// <summary>A key that was just made. Its text is told this once and kept nowhere.</summary>
internal sealed record NewKey(string Key, ApiKey Record);
