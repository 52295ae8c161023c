using System.Text.Json;
using System.Text.Json.Nodes;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>The shipped policy, or the same with one thing changed: a copy would grow old.</summary>
internal static class ShippedPolicy
{
    private static readonly JsonDocumentOptions Comments = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static string File => Repository.Find("policy.json");

    /// <summary>Every category accepts that text leaves before it is judged, so streams pass through.</summary>
    public static string PassThrough(string folder) => Write(folder, "pass-through.json", policy =>
    {
        foreach (var category in policy["categories"]!.AsObject())
        {
            category.Value!["allow_unjudged"] = true;
        }
    });

    /// <summary>Every stream is held to its end.</summary>
    public static string HoldAll(string folder) => Write(folder, "hold-all.json", policy => policy["release"] = "hold_all");

    private static string Write(string folder, string name, Action<JsonObject> change)
    {
        var policy = JsonNode.Parse(System.IO.File.ReadAllText(File), documentOptions: Comments)!.AsObject();
        change(policy);
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, policy.ToJsonString());
        return path;
    }
}
