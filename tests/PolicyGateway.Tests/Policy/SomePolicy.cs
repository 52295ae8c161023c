using System.Text.Json.Nodes;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Policy;

/// <summary>Policies, callers and scores by chance, for what holds for all of them.</summary>
internal static class SomePolicy
{
    public static readonly string[] Credentials = ["security-professional", "life-sciences", "researcher"];
    public static readonly string[] Ids = ["cyber", "cyber.malware", "bio", "adult", "minors", "other"];

    public static string Of(Random random)
    {
        return new JsonObject
        {
            ["name"] = "random",
            ["mode"] = Pick("enforce", "shadow"),
            ["anonymous"] = Pick("allow", "refuse"),
            ["on_unknown"] = Pick("hold", "refuse"),
            ["unclassified_input"] = Pick("hold", "refuse"),
            ["tenants"] = new JsonObject { ["t"] = new JsonObject { ["mode"] = Pick("enforce", "shadow", "off") } },
            ["severity"] = new JsonArray(
                new JsonObject { ["severity"] = "prohibited", ["category"] = "minors" },
                new JsonObject { ["severity"] = Pick("prohibited", "dual-use"), ["head"] = "prohibited", ["at_least"] = 0.5 }),
            ["categories"] = new JsonObject(Ids.Select(id => new KeyValuePair<string, JsonNode?>(id, SomeCategory(id)))),
        }.ToJsonString();

        JsonObject SomeCategory(string id)
        {
            var category = new JsonObject
            {
                ["prompt"] = new JsonObject { ["uncertain"] = Pick("allow", "log", "hold", "refuse"), ["flagged"] = Pick("allow", "log", "hold", "refuse") },
                ["completion"] = new JsonObject { ["uncertain"] = Pick("allow", "log", "refuse"), ["flagged"] = Pick("allow", "log", "refuse") },
                ["allow_unjudged"] = random.Next(2) == 0,
            };
            if (id == "other")
            {
                category["head"] = "flagged";
                category["fallback"] = true;
            }

            if (random.Next(4) != 0)
            {
                category["requires"] = new JsonObject
                {
                    ["tier"] = Pick("public", "registered", "verified", "professional"),
                    ["any_of"] = new JsonArray([.. Credentials.Where(_ => random.Next(3) == 0).Select(name => (JsonNode)name)]),
                    ["acr_values"] = random.Next(3) == 0 ? new JsonArray("phr") : [],
                    ["max_age"] = random.Next(3) == 0 ? 300 : 31_536_000,
                };
            }

            return category;
        }

        string Pick(params string[] words) => words[random.Next(words.Length)];
    }

    public static Caller Caller(Random random)
    {
        if (random.Next(6) == 0)
        {
            return global::PolicyGateway.Identity.Caller.Anonymous(ThePolicy.Ladder);
        }

        var tier = ThePolicy.Ladder.Tiers[random.Next(ThePolicy.Ladder.Tiers.Length)];
        var caller = ThePolicy.Someone(tier.Name, [.. Credentials.Where(_ => random.Next(3) == 0)]);
        return caller with
        {
            Tenant = random.Next(3) == 0 ? "t" : null,
            Credentials = random.Next(10) == 0 ? default : caller.Credentials,
            Acr = random.Next(2) == 0 ? "phr" : null,
            AuthTime = random.Next(3) switch { 0 => null, 1 => ThePolicy.Now.AddSeconds(-random.Next(600)), _ => DateTimeOffset.MaxValue },
        };
    }

    /// <summary>Many low and some high.</summary>
    public static Scores Scores(Random random) => new(
        [.. ThePolicy.Profile.Heads.Select(_ => random.Next(3) == 0 ? random.NextSingle() : random.NextSingle() * 0.3f)], "s", "m", 1);
}
