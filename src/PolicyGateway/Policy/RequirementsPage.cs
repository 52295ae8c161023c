using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>The requirements as a page that works without a script, with a screen reader, and on paper.</summary>
internal static class RequirementsPage
{
    private const string Style =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
        + "a{color:#0b4f9e}dt{font-weight:600}dd{margin:0 0 .5rem}article{border-top:1px solid #767676;padding-top:.5rem}"
        + "code{background:#f2f2f2;padding:0 .2rem}"
        + "@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#8ab8f5}code{background:#2b2b2b}}";

    /// <summary>Nothing is loaded and nothing runs; the one style is allowed by its hash.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Render(PolicySnapshot policy, Vouchers vouchers, Uri? verificationUri, Uri? appealUri)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<title>What opens each category</title>\n<style>").Append(Style).Append("</style>\n</head>\n<body>\n")
            .Append("<header>\n<h1>What opens each category</h1>\n")
            .Append("<p>Most of what is asked of a model is open to everyone. Some of it serves good and harm alike, and is open ")
            .Append("to those whose profession needs it and whose verification says so. What you write in a prompt opens nothing.</p>\n");
        Link(page, verificationUri, "Apply for verification");
        Link(page, appealUri, "Appeal a refusal");
        page.Append("</header>\n<main>\n");
        foreach (var category in policy.Categories)
        {
            Describe(page, category, vouchers);
        }

        page.Append("</main>\n<footer>\n");
        Paragraph(page, $"Policy {policy.Name}, version {policy.Version}.");
        return page.Append("</footer>\n</body>\n</html>\n").ToString();
    }

    private static void Describe(StringBuilder page, PolicyCategory category, Vouchers vouchers)
    {
        // An id is of letters, digits, underscores and dots, so it can name the heading.
        var id = Encode(category.Id);
        page.Append(CultureInfo.InvariantCulture, $"<article aria-labelledby=\"{id}\">\n")
            .Append(CultureInfo.InvariantCulture, $"<h2 id=\"{id}\">{Encode(category.Title)} <code>{id}</code></h2>\n");
        if (category.Description is { } description)
        {
            Paragraph(page, description);
        }

        page.Append("<dl>\n");
        Entry(page, "For example", category.Examples);
        if (category.IsClosed || category.Requires.Value is not { } required)
        {
            Entry(page, "What opens it", ["Nothing: it is refused to everyone."]);
        }
        else
        {
            Entry(page, "Lowest tier", [With(required.Tier, vouchers.OfTier(required.Tier))]);
            Entry(page, "Any one of these credentials", [.. required.AnyOfCredentials.Select(name => With(name, vouchers.OfCredential(name)))]);
            Entry(page, "Any one of these ways to log in (acr)", required.AcrValues);
            Entry(page, "Last login at most", required.MaxAge is { } age ? [$"{age.TotalSeconds:0} seconds ago"] : []);
            Entry(page, "Access token", required.SenderConstrained ? ["Bound to a key of the client that sends it (DPoP or mutual TLS)"] : []);
            Entry(page, "Credential proved at most", required.CredentialMaxAge is { } proved ? [$"{proved.TotalSeconds:0} seconds ago"] : []);
            Entry(page, "Any one of these assurances of the credential", required.CredentialAssurance);
            Entry(page, "Who issues them", category.Issuers);
            Entry(page, "Or a grant, on request", [$"{(category.Approvals == 1 ? "one person decides" : $"{category.Approvals} people decide")}; for {(int)category.LongestGrant.TotalDays} days at most"]);
            Entry(page, "How long it takes", category.HowLong is { } howLong ? [howLong] : []);
        }

        page.Append("</dl>\n");
        if (!category.IsClosed)
        {
            Link(page, category.VerificationUri, $"Apply for {category.Title}");
        }

        page.Append("</article>\n");
    }

    /// <summary>What is wanted, and from whom.</summary>
    private static string With(string wanted, IReadOnlyCollection<Voucher> issuers) => issuers.Count == 0
        ? $"{wanted}; no issuer that counts here asserts it"
        : $"{wanted}, from {string.Join(" or ", issuers.Select(static one => $"{one.Name} ({one.Issuer}){(one.InTokensOf is { } bearer ? $", by a visa in a token of {bearer}" : "")}"))}";

    private static void Entry(StringBuilder page, string term, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<dt>{Encode(term)}</dt>\n");
        foreach (var text in texts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<dd>{Encode(text)}</dd>\n");
        }
    }

    private static void Paragraph(StringBuilder page, string text) =>
        page.Append(CultureInfo.InvariantCulture, $"<p>{Encode(text)}</p>\n");

    private static void Link(StringBuilder page, Uri? address, string text)
    {
        if (address is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p><a href=\"{Encode(address.AbsoluteUri)}\">{Encode(text)}</a></p>\n");
        }
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
