using System.Text.Json.Nodes;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// What opens each category, for anyone to read: the public part of a policy. Thresholds and responses are not in it; they
/// would tell how near a text may come.
/// </summary>
internal static class RequirementsDocument
{
    /// <summary>The whole document. Addresses that a deployment does not have are left out.</summary>
    public static JsonObject Create(PolicySnapshot policy, Vouchers vouchers, Uri? verificationUri, Uri? appealUri)
    {
        var document = new JsonObject
        {
            ["policy"] = policy.Name,
            ["policy_version"] = policy.Version,
            ["categories"] = Categories(policy, vouchers),
        };
        AddAddress(document, "verification_uri", verificationUri);
        AddAddress(document, "appeal_uri", appealUri);
        return document;
    }

    /// <summary>The categories and what opens each, also for the <c>policygateway_categories</c> member of RFC 9728 metadata.</summary>
    public static JsonArray Categories(PolicySnapshot policy, Vouchers vouchers) =>
        [.. policy.Categories.Select(category => (JsonNode)Describe(category, vouchers))];

    private static JsonObject Describe(PolicyCategory category, Vouchers vouchers)
    {
        var described = new JsonObject { ["category"] = category.Id, ["title"] = category.Title };
        if (category.Description is { } description)
        {
            described["description"] = description;
        }

        AddTexts(described, "examples", category.Examples);
        described["opens"] = category.IsClosed ? "never" : "on_verification";
        if (!category.IsClosed && category.Requires.Value is { } required)
        {
            described["required_tier"] = required.Tier;
            described["tier_issuers"] = Describe(vouchers.OfTier(required.Tier));
            AddTexts(described, "required_credentials", required.AnyOfCredentials);
            if (!required.AnyOfCredentials.IsEmpty)
            {
                described["credential_issuers"] = new JsonObject(required.AnyOfCredentials.Distinct().Select(name => KeyValuePair.Create(name, (JsonNode?)Describe(vouchers.OfCredential(name)))));
            }

            AddTexts(described, "acr_values", required.AcrValues);
            if (required.MaxAge is { } age)
            {
                described["max_age"] = (long)age.TotalSeconds;
            }

            if (required.SenderConstrained)
            {
                described["sender_constrained"] = true;
            }

            if (required.CredentialMaxAge is { } proved)
            {
                described["credential_max_age"] = (long)proved.TotalSeconds;
            }

            AddTexts(described, "credential_assurance", required.CredentialAssurance);
            AddTexts(described, "issuers", category.Issuers);
            described["approvals"] = category.Approvals;
            described["longest_grant_days"] = (int)category.LongestGrant.TotalDays;
            if (category.HowLong is { } howLong)
            {
                described["how_long"] = howLong;
            }

            AddAddress(described, "verification_uri", category.VerificationUri);
        }

        return described;
    }

    private static JsonArray Describe(IEnumerable<Voucher> issuers) => [.. issuers.Select(static one =>
    {
        var described = new JsonObject { ["name"] = one.Name, ["issuer"] = one.Issuer };
        if (one.InTokensOf is { } bearer)
        {
            described["in_tokens_of"] = bearer;
        }

        return (JsonNode)described;
    })];

    private static void AddTexts(JsonObject to, string name, IReadOnlyCollection<string> texts)
    {
        if (texts.Count > 0)
        {
            to[name] = new JsonArray([.. texts.Select(text => (JsonNode)text)]);
        }
    }

    private static void AddAddress(JsonObject to, string name, Uri? address)
    {
        if (address is not null)
        {
            to[name] = address.AbsoluteUri;
        }
    }
}
