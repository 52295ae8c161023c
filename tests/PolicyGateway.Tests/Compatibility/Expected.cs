using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>What a user of each client sees in each scenario, by <c>expected.json</c> beside this file.</summary>
internal sealed record Expected
{
    public static Expected Table { get; } = JsonSerializer.Deserialize<Expected>(
        ConventionTests.ReadDocument("tests/PolicyGateway.Tests/Compatibility/expected.json"), JsonSerializerOptions.Web)!;

    /// <summary>Scenario, client, cell.</summary>
    [JsonRequired]
    public Dictionary<string, Dictionary<string, Cell>> Cells { get; init; } = [];

    /// <summary>What a cell's note says: where an SDK shows its user less than it was told.</summary>
    [JsonRequired]
    public Dictionary<string, string> Notes { get; init; } = [];

    public Cell Of(Scenario scenario, Client client) => Cells[scenario.Name][client.Name];
}

/// <summary>One cell: what is seen, or why the client cannot be in the scenario.</summary>
/// <param name="Sees">As <see cref="Seen.Describe"/> has it.</param>
/// <param name="Note">Which note belongs to it.</param>
/// <param name="No">Why it does not apply.</param>
internal sealed record Cell(string? Sees = null, string? Note = null, string? No = null);
