using System.CommandLine;
using System.Net;
using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Cli;

public sealed class AccessCommandsTests(AccessGateway access) : IClassFixture<AccessGateway>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-cli-").FullName;

    [Fact]
    public async Task A_request_is_approved_by_two_from_the_command_line_and_its_grant_revoked()
    {
        var ada = access.Person("ada");
        var id = await access.RequestAsync(ada);
        var (first, second, taker) = (Staff("first", "approver"), Staff("second", "approver"), Staff("operator", "operator"));

        Assert.Contains(id, (await RunAsync(first, "request", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("pending", Json(await RunAsync(first, "request", "approve", id, "--reason", "Contract seen.")).GetProperty("status").GetString());
        var grant = Json(await RunAsync(second, "request", "approve", id, "--reason", "Agreed.", "--days", "2")).GetProperty("grant_id").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await AskAsync(ada));

        Assert.Contains(grant, (await RunAsync(first, "grant", "list", "--issuer", AccessGateway.Issuer, "--subject", "ada")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(taker, "grant", "revoke", grant, "--reason", "The contract has ended.")).Code);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(ada));
    }

    [Fact]
    public async Task A_quota_is_given_from_the_command_line()
    {
        static (int, int) QuotaOf(JsonElement answer) => answer.GetProperty("quota") is var quota ? (quota.GetProperty("releases").GetInt32(), quota.GetProperty("per_days").GetInt32()) : default;
        var id = await access.RequestAsync(access.Person("bounded"));
        Assert.Equal((5, 2), QuotaOf(Json(await RunAsync(Staff("first", "approver"), "request", "approve", id, "--reason", "Seen.", "--quota", "5", "--quota-days", "2"))));

        string[] create = ["grant", "create", "--issuer", AccessGateway.Issuer, "--subject", "bounded", "--category", "other", "--days", "3", "--reason", "By contract."];
        Assert.Equal((7, 1), QuotaOf(Json(await RunAsync(Staff("gives", "administrator"), [.. create, "--quota", "7"]))));
        Assert.False(Json(await RunAsync(Staff("gives", "administrator"), create)).TryGetProperty("quota", out _));
    }

    [Fact]
    public async Task A_person_is_revoked_and_lifted_from_the_command_line()
    {
        var taker = Staff("operator", "operator");

        var id = Json(await RunAsync(taker, "revoke", "add", "person", "--issuer", AccessGateway.Issuer, "--subject", "eve", "--reason", "A test.")).GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(access.Person("eve")));
        Assert.Contains(id, (await RunAsync(taker, "revoke", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(taker, "revoke", "lift", id, "--reason", "Over.")).Code);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("eve")));
    }

    [Fact]
    public async Task A_key_is_made_rotated_and_revoked_from_the_command_line()
    {
        var owner = Token(access.Person("keeper"));

        var key = Json(await RunAsync(owner, "key", "create", "--name", "notebook")).GetProperty("record").GetProperty("id").GetString()!;
        var next = Json(await RunAsync(owner, "key", "rotate", key)).GetProperty("record").GetProperty("id").GetString()!;
        Assert.Equal(0, (await RunAsync(owner, "key", "revoke", next, "--reason", "Lost.")).Code);
        Assert.Contains("Lost.", (await RunAsync(owner, "key", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_narrowed_from_the_command_line()
    {
        async Task<string> MadeAsync(params string[] options)
        {
            var record = Json(await RunAsync(Token(access.Person("narrower")), ["key", "create", "--name", "notebook", .. options])).GetProperty("record");
            return string.Join(' ', new[] { "scope", "models", "categories" }.Select(member => record.TryGetProperty(member, out var value) ? JsonSerializer.Serialize(value) : "all"));
        }

        Assert.Equal("\"inference\" all all", await MadeAsync());
        Assert.Equal("\"inference\" [\"m\"] [\"cyber\",\"fraud\"]", await MadeAsync("--model", "m", "--category", "cyber", "--category", "fraud"));
        Assert.Equal("\"inference moderation\" all []", await MadeAsync("--scope", "inference moderation", "--no-categories"));
        Assert.Equal(2, (await RunAsync(Token(access.Person("narrower")), "key", "create", "--name", "both", "--no-categories", "--category", "cyber")).Code);
        Assert.Contains("models", (await RunAsync(Token(access.Person("narrower")), "key", "create", "--name", "unknown", "--model", "no-such")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_and_what_cannot_be_asked_are_told_apart_in_a_sentence()
    {
        var nobody = Token(access.Person("nobody"));

        var refused = await RunAsync(nobody, "request", "list");
        Assert.Equal((1, ""), (refused.Code, refused.Output));
        Assert.Contains("auditor", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(nobody, "request", "list", "--url", "http://127.0.0.1:1")).Code);
        Assert.Equal(2, (await RunAsync(nobody, "request", "list", "--url", "nowhere")).Code);
        Assert.Equal(2, (await RunAsync(Path.Combine(_folder, "no such file"), "request", "list")).Code);
        Assert.Equal(2, (await RunAsync(nobody, "request", "approve", "req_1")).Code); // --reason is missing
    }

    [Theory]
    [InlineData("http://gateway.invalid:9090")]
    [InlineData("http://127.0.0.1.gateway.invalid")]
    [InlineData("http://localhost@gateway.invalid")]
    [InlineData("ftp://127.0.0.1")]
    public async Task A_token_goes_over_plain_http_to_this_machine_only(string url)
    {
        foreach (var command in new string[][] { ["request", "list"], ["key", "list"] })
        {
            var run = await RunAsync(Token("token"), [.. command, "--url", url]);

            Assert.Equal((2, ""), (run.Code, run.Output));
            Assert.StartsWith($"--url: '{url}' is no https address.", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_backup_is_made_once_and_says_how_it_is_restored()
    {
        var file = Path.Combine(_folder, "backup.db");

        var made = await RunAsync(null, "state", "backup", file, "--data", access.Gateway.Folder);
        Assert.Equal(0, made.Code);
        Assert.Contains("stop the gateway", made.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(null, "state", "backup", file, "--data", access.Gateway.Folder)).Code);
        Assert.Equal(2, (await RunAsync(null, "state", "backup", file + "2", "--data", _folder)).Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JsonElement Json((int Code, string Output, string Error) run)
    {
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private string Staff(string subject, string role) => Token(access.Staff(subject, role));

    private string Token(string token)
    {
        var file = Path.Combine(_folder, Guid.NewGuid().ToString("n"));
        File.WriteAllText(file, token);
        return file;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string? tokenFile, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var url = (arguments[0] == "key" ? access.Gateway.Url : access.Gateway.Management).AbsoluteUri;
        string[] all = [.. arguments, .. tokenFile is null ? Array.Empty<string>() : ["--token-file", tokenFile], .. tokenFile is null || arguments.Contains("--url") ? Array.Empty<string>() : ["--url", url]];
        var code = await GatewayCli.RunAsync(all, new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private async Task<HttpStatusCode> AskAsync(string token)
    {
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        return (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status;
    }
}
