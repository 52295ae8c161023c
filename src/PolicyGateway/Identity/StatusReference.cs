using System.Text.Json;

namespace PolicyGateway.Identity;

/// <summary>Where a token's issuer says whether the token still counts: its <c>status.status_list</c>.</summary>
/// <param name="Uri">The list.</param>
/// <param name="Index">The token's place in it.</param>
internal sealed record StatusReference(string Uri, long Index)
{
    private const int LongestUri = 2048;

    /// <summary>What a token has whose status cannot be read; it is refused, since no status is not the same as an unknown one.</summary>
    public static readonly StatusReference Unreadable = new("", -1);

    /// <summary>Null where the token has no status at all.</summary>
    public static StatusReference? Read(JsonElement payload) =>
        !payload.TryGetProperty("status", out var status) ? null
        : status.ValueKind == JsonValueKind.Object
            && status.TryGetProperty("status_list", out var list)
            && list.ValueKind == JsonValueKind.Object
            && SignedDocument.Text(list, "uri") is { Length: > 0 and <= LongestUri } uri
            && list.TryGetProperty("idx", out var idx)
            && idx.ValueKind == JsonValueKind.Number
            && idx.TryGetInt64(out var index)
            && index >= 0
            ? new StatusReference(uri, index)
            : Unreadable;
}
