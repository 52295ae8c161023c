using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Portal;

/// <summary>The one stylesheet, which is part of the program.</summary>
internal static class Stylesheet
{
    private static readonly byte[] Text = Read();
    private static readonly EntityTagHeaderValue Tag = new($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Text))[..16]}\"");

    public static FileContentHttpResult Answer(HttpContext context)
    {
        // Who may see a page is no secret of its looks.
        context.Response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.File(Text, "text/css; charset=utf-8", entityTag: Tag);
    }

    private static byte[] Read()
    {
        using var stream = typeof(Stylesheet).Assembly.GetManifestResourceStream("PolicyGateway.Portal.site.css")!;
        using var text = new MemoryStream();
        stream.CopyTo(text);
        return text.ToArray();
    }
}
