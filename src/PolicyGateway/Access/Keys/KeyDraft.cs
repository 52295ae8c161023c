namespace PolicyGateway.Access.Keys;

/// <summary>What a new key is to be.</summary>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Days">How long it counts.</param>
/// <param name="Tier">An organisation's key: its tier.</param>
/// <param name="Tenant">An organisation's key: its tenant.</param>
/// <param name="Organisation">Whose it is, where it is nobody's own.</param>
/// <param name="MultiUser">An organisation's key: whether many people use it.</param>
/// <param name="Scope">What it is for, as OAuth scopes; <c>inference</c> where it is missing.</param>
/// <param name="Models">The only models that it may ask; all where it is missing.</param>
/// <param name="Categories">The only gated categories that it opens; none where it is empty, all that its holder may open where it is missing.</param>
internal sealed record KeyDraft(
    string? Name,
    int? Days,
    string? Tier = null,
    string? Tenant = null,
    OrganisationRef? Organisation = null,
    bool? MultiUser = null,
    string? Scope = null,
    string?[]? Models = null,
    string?[]? Categories = null);

/// <summary>A key that was just made. Its text is told this once and kept nowhere.</summary>
internal sealed record NewKey(string Key, ApiKey Record);
