using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Cli;

/// <summary>What a script and a terminal get of the commands that ask a gateway.</summary>
public sealed class CommandLineTests(AccessGateway access) : IClassFixture<AccessGateway>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-cli-").FullName;

    [Theory]
    [InlineData("request approve req_1")]
    [InlineData("request list --nonsense")]
    [InlineData("request list --limit 0")]
    [InlineData("request list --limit 201")]
    [InlineData("revoke add humans --issuer i --reason r")]
    [InlineData("revoke add person --issuer i --subject s --issued-before garbage --reason r")]
    [InlineData("key create")]
    [InlineData("audit evidence dec_1")]
    [InlineData("privacy export --issuer i")]
    [InlineData("validate --nonsense")]
    [InlineData("--set Gateway:PublicUrl=http://a.example validate")]
    [InlineData("--environment Development audit verify")]
    [InlineData("audit show --limit x")]
    [InlineData("audit show --limit 9999999999999")]
    [InlineData("audit show --limit 0")]
    [InlineData("audit show --outcome bogus")]
    [InlineData("token --role king")]
    [InlineData("classify --kind 7 hello")]
    [InlineData("classify --kind poem hello")]
    [InlineData("classify --kind prompt,completion hello")]
    [InlineData("classify --jsonl --kind completion")]
    [InlineData("classify --prompt asked hello")]
    [InlineData("explain --text hello --kind 7")]
    [InlineData("login --print-token --dpop")]
    [InlineData("grant")]
    [InlineData("nonsense")]
    public async Task What_was_typed_wrong_exits_with_2_as_no_refusal_does(string typed)
    {
        var run = await RunAsync(typed.Split(' '));

        Assert.Equal(2, run.Code);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task A_refusal_exits_with_1() =>
        Assert.Equal(1, (await RunAsync("request", "list", "--url", Management, "--token-file", Token(access.Person("nobody")))).Code);

    [Theory]
    [InlineData("garbage")]
    [InlineData("2026-11-27T08:00:00")]
    [InlineData("2026-11-27")]
    [InlineData("2026-11-27+02:00")]
    [InlineData("08:00:00Z")]
    [InlineData("2026-11-27T08:00:00 Z")]
    public async Task A_moment_without_its_zone_is_refused_in_words(string moment)
    {
        var run = await RunAsync("revoke", "add", "person", "--issuer", AccessGateway.Issuer, "--subject", "zoneless", "--issued-before", moment, "--reason", "A test.", "--url", Management, "--token-file", Taker());

        Assert.Equal(2, run.Code);
        Assert.StartsWith("--issued-before: a time with its zone (RFC 3339), such as 2026-11-27T08:00:00Z.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System", run.Error + run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-01-27T08:00:00Z")]
    [InlineData("2026-01-27T10:00:00.000+02:00")]
    [InlineData("2026-01-27T03:00-05:00")]
    public async Task A_moment_with_its_zone_is_sent_as_it_is(string moment)
    {
        var run = await RunAsync("revoke", "add", "person", "--issuer", AccessGateway.Issuer, "--subject", "zoned", "--issued-before", moment, "--reason", "A test.", "--url", Management, "--token-file", Taker());

        Assert.Equal(new DateTimeOffset(2026, 1, 27, 8, 0, 0, TimeSpan.Zero), Json(run).GetProperty("issued_before").GetDateTimeOffset());
    }

    [Fact]
    public async Task Lists_are_read_page_by_page()
    {
        var owner = access.Person("pager");
        for (var i = 0; i < 3; i++)
        {
            await access.RequestAsync(owner);
        }

        var token = Token(owner);
        foreach (var name in new[] { "one", "two", "three" })
        {
            Json(await RunAsync("key", "create", "--name", name, "--url", Public, "--token-file", token));
        }

        var give = Token(access.Staff("giver", "administrator"));
        for (var i = 0; i < 3; i++)
        {
            Json(await RunAsync("grant", "create", "--issuer", AccessGateway.Issuer, "--subject", "pager", "--category", "other", "--days", "1", "--reason", "A test.", "--url", Management, "--token-file", give));
            Json(await RunAsync("revoke", "add", "person", "--issuer", AccessGateway.Issuer, "--subject", $"paged-{i}", "--reason", "A test.", "--url", Management, "--token-file", Taker()));
        }

        await PagesAsync("key", "list", "--url", Public, "--token-file", token);
        await PagesAsync("request", "list", "--url", Management, "--token-file", Taker());
        await PagesAsync("grant", "list", "--issuer", AccessGateway.Issuer, "--subject", "pager", "--url", Management, "--token-file", Taker());
        await PagesAsync("revoke", "list", "--url", Management, "--token-file", Taker());
    }

    [Fact]
    public async Task A_command_at_the_wrong_address_says_which_it_wants()
    {
        var keys = await RunAsync("key", "list", "--url", Management, "--token-file", Token(access.Person("lost")));
        var requests = await RunAsync("request", "list", "--url", Public, "--token-file", Taker());

        Assert.Equal((1, 1), (keys.Code, requests.Code));
        Assert.Contains("the gateway's public address, and that may be its management one: set --url or the variable POLICYGATEWAY_URL.", keys.Error, StringComparison.Ordinal);
        Assert.Contains("the gateway's management address, and that may be its public one: set --url or the variable POLICYGATEWAY_MANAGEMENT_URL.", requests.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_address_has_a_variable_of_its_own()
    {
        var both = new Dictionary<string, string?> { ["POLICYGATEWAY_URL"] = Public, ["POLICYGATEWAY_MANAGEMENT_URL"] = Management };

        Assert.Equal(0, (await StartAsync("", both, "key", "list", "--token-file", Token(access.Person("either")))).Code);
        Assert.Equal(0, (await StartAsync("", both, "request", "list", "--token-file", Taker())).Code);
        Assert.Equal(0, (await StartAsync("", new() { ["POLICYGATEWAY_URL"] = Management, ["POLICYGATEWAY_MANAGEMENT_URL"] = "" }, "request", "list", "--token-file", Taker())).Code);
    }

    [Theory]
    [InlineData("revoke list")]
    [InlineData("token")]
    [InlineData("--help")]
    public async Task Output_that_cannot_be_written_is_a_sentence_and_exits_with_2(string command)
    {
        string[] asked = [.. command.Split(' '), .. command == "token" ? ["--data", _folder] : command == "revoke list" ? ["--url", Management, "--token-file", Taker()] : Array.Empty<string>()];
        foreach (var run in OperatingSystem.IsLinux() ? new[] { await RunAsync(new FullDisk(), asked), await StartAsync(" >/dev/full", [], asked) } : [await RunAsync(new FullDisk(), asked)])
        {
            Assert.Equal(2, run.Code);
            Assert.StartsWith("What there is to print cannot be written: No space left on device", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Trim().Split('\n'));
        }
    }

    [Fact]
    public async Task A_key_that_was_made_and_could_not_be_printed_is_named()
    {
        var token = Token(access.Person("unlucky"));

        var run = await RunAsync(new FullDisk(), "key", "create", "--name", "lost", "--url", Public, "--token-file", token);
        var id = Json(await RunAsync("key", "list", "--url", Public, "--token-file", token)).GetProperty("items")[0].GetProperty("id").GetString();

        Assert.Equal(2, run.Code);
        Assert.Contains($"policygateway key revoke {id} ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("pgk_", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_readable_and_steers_no_terminal()
    {
        var run = await RunAsync("revoke", "add", "person", "--issuer", AccessGateway.Issuer, "--subject", "read+able", "--issued-before", "2026-01-27T08:00:00Z", "--reason", "Schön \u200Erückwärts", "--url", Management, "--token-file", Taker());

        Assert.Equal("Schön \u200Erückwärts", Json(run).GetProperty("reason").GetString());
        Assert.Contains("Schön \\u200Erückwärts", run.Output, StringComparison.Ordinal);
        Assert.Contains("read+able", run.Output, StringComparison.Ordinal);
        Assert.Contains("+00:00\"", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("""{"keys":[]}""")]
    public async Task A_development_key_that_is_none_is_named_by_its_file(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "development-issuer.json"), content);

        var run = await RunAsync("token", "--data", _folder);

        Assert.Equal(1, run.Code);
        Assert.StartsWith($"--data: '{Path.Combine(_folder, "development-issuer.json")}' is no key of the development issuer", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_named()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");

        var run = await RunAsync("token", "--data", file);

        Assert.Equal(1, run.Code);
        Assert.StartsWith("--data: The development issuer's key cannot be kept in", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Two pages of one follow each other, and what is last has no hint.</summary>
    private static async Task PagesAsync(params string[] list)
    {
        var first = await RunAsync([.. list, "--limit", "1"]);
        var id = Assert.Single(Json(first).GetProperty("items").EnumerateArray()).GetProperty("id").GetString()!;
        Assert.Equal($"There may be more: --after {id}", first.Error.Trim());

        var second = await RunAsync([.. list, "--limit", "1", "--after", id]);
        Assert.NotEqual(id, Assert.Single(Json(second).GetProperty("items").EnumerateArray()).GetProperty("id").GetString());

        var all = await RunAsync([.. list, "--limit", "200"]);
        Assert.Equal("", all.Error);
    }

    private static JsonElement Json((int Code, string Output, string Error) run)
    {
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        return await RunAsync(output, arguments);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TextWriter output, params string[] arguments)
    {
        using var error = new StringWriter();
        var code = await GatewayCli.RunAsync(arguments, new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString()!, error.ToString());
    }

    /// <summary>Runs the program itself, as a shell does.</summary>
    private static async Task<(int Code, string Output, string Error)> StartAsync(string redirection, Dictionary<string, string?> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"exec dotnet \"$@\"{redirection}", "sh", typeof(GatewayCli).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(RepositoryFiles.Find(RepositoryFiles.Policy))!,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var run = Process.Start(start)!;
        var (output, error) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        return (run.ExitCode, await output, await error);
    }

    private string Public => access.Gateway.Url.AbsoluteUri;

    private string Management => access.Gateway.Management.AbsoluteUri;

    private string Taker() => Token(access.Staff("operator", "operator"));

    private string Token(string token)
    {
        var file = Path.Combine(_folder, Guid.NewGuid().ToString("n"));
        File.WriteAllText(file, token);
        return file;
    }

    private sealed class FullDisk : StringWriter
    {
        public override void Write(char value) => throw Full();

        public override void Write(char[] buffer, int index, int count) => throw Full();

        public override void Write(string? value) => throw Full();

        public override void WriteLine(string? value) => throw Full();

        public override Task WriteLineAsync(string? value) => throw Full();

        public override Encoding Encoding => Encoding.UTF8;

        private static IOException Full() => new("No space left on device");
    }
}
