using System.Security.Cryptography;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Text is kept only where an operator asked for it by category, and then sealed.</summary>
public sealed class EvidenceTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new() { UsesRealAudit = true };

    public Task InitializeAsync() => StartAsync(_gateway, "enforce");

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_refusal_of_a_sealed_category_keeps_the_exchange_and_a_benign_one_nothing()
    {
        var dirty = KeywordClassifier.Cyber + " answer-text";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(dirty));
        var refused = await _gateway.SendAsync(TheGateway.Ask("the prompt-text"));
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        var benign = await _gateway.SendAsync(TheGateway.Ask("hello"));

        var sealedRow = await OnlyRowAsync(refused);

        Assert.Contains("the prompt-text", sealedRow.Text("evidence"), StringComparison.Ordinal);
        Assert.Contains(dirty, sealedRow.Text("evidence"), StringComparison.Ordinal);
        Assert.Equal("", (await OnlyRowAsync(benign)).Text("evidence"));
        var files = Directory.GetFiles(_gateway.Folder, "audit.db*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files.Select(ReadShared), text => text.Contains("prompt-text", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gated_release_keeps_it_once_with_its_intent()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var released = await _gateway.SendAsync(TheGateway.Ask("the prompt-text"), _gateway.Professional);

        var rows = await RowsAsync(released, 2);

        Assert.Equal(["release_intent"], rows.Where(row => row.Text("evidence").Length > 0).Select(row => row.Text("event")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5_000)]
    public async Task A_stream_keeps_it_once_whether_it_is_released_or_refused_and_its_intent_says_what_is_released(int before)
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(
            context, ScriptedBackend.Stream(new string('x', before) + KeywordClassifier.Cyber + " answer-text " + new string('y', 1_500)));
        var released = await RowsAsync(await _gateway.SendAsync(TheGateway.Ask("the prompt-text", stream: true), _gateway.Professional), 2);
        var refused = await RowsAsync(await _gateway.SendAsync(TheGateway.Ask("the prompt-text", stream: true)), 1);

        Assert.Equal([("release_intent", "cyber"), ("outcome", "cyber")], released.Select(row => (row.Text("event"), row.Text("category"))));
        foreach (var rows in new[] { released, refused })
        {
            var kept = Assert.Single(rows, row => row.Text("evidence").Length > 0).Text("evidence");
            Assert.Contains("the prompt-text", kept, StringComparison.Ordinal);
            Assert.Contains(KeywordClassifier.Cyber, kept, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_shadow_let_through_is_kept_whole()
    {
        await using var shadow = new TheGateway { UsesRealAudit = true };
        await StartAsync(shadow, "shadow");
        shadow.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber + " answer-text"));

        var row = Assert.Single(await RowsAsync(shadow, await shadow.SendAsync(TheGateway.Ask("the prompt-text")), 1));

        Assert.Contains("the prompt-text", row.Text("evidence"), StringComparison.Ordinal);
        Assert.Contains(KeywordClassifier.Cyber, row.Text("evidence"), StringComparison.Ordinal);
    }

    private static async Task StartAsync(TheGateway gateway, string mode)
    {
        var key = Path.Combine(gateway.Folder, "evidence.key");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        gateway.Settings["Audit:SealedEvidence:KeyFile"] = key;
        gateway.Settings["Audit:SealedEvidence:Categories:0"] = "cyber";
        gateway.Settings["Audit:SealedEvidence:Categories:1"] = "other";
        gateway.PolicyText = $$"""
            {
              "name": "sealing", "mode": "{{mode}}", "anonymous": "allow",
              "categories": {
                "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] }, "prompt": { "uncertain": "hold", "flagged": "hold" } },
                "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
              }
            }
            """;
        await gateway.InitializeAsync();
    }

    private async Task<AuditRow> OnlyRowAsync(Answer answer) => Assert.Single(await RowsAsync(answer, 1));

    private Task<IReadOnlyList<AuditRow>> RowsAsync(Answer answer, int count) => RowsAsync(_gateway, answer, count);

    private static async Task<IReadOnlyList<AuditRow>> RowsAsync(TheGateway gateway, Answer answer, int count)
    {
        var file = Directory.EnumerateFiles(gateway.Folder, "*.db", SearchOption.AllDirectories).First();
        var seal = EvidenceSeal.Load(gateway.Settings["Audit:SealedEvidence:KeyFile"]!);
        for (var i = 0; ; i++)
        {
            var rows = AuditReader.Read(file, new AuditFilter(answer.Headers["x-request-id"], null, null, null, 10), seal);
            if (rows.Count >= count || i == 100)
            {
                return rows;
            }

            await Task.Delay(20);
        }
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
