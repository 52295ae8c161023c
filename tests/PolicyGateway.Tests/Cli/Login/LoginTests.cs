using System.Net;
using System.Net.Http.Headers;
using System.Web;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Portal;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>Logging in and out at a real provider, by the command line and a browser.</summary>
public sealed class LoginTests(LoginGateway gateway) : IClassFixture<LoginGateway>
{
    internal const string LoginPage = @"(http://\S+/auth\?\S+)";

    [Fact]
    public async Task A_login_in_the_browser_is_kept_for_its_owner_alone_and_no_token_is_printed()
    {
        var store = gateway.NewStore();

        using var command = await gateway.LogInAsync(store, "ada");

        var kept = LoginGateway.Stored(store);
        Assert.Equal((gateway.Provider.Issuer, OpenIdProvider.CommandLine, null), (kept.Issuer, kept.ClientId, kept.ProofKey));
        Assert.Equal("", command.Output.ToString());
        Assert.Contains($"For your SDK: policygateway login serve --url GATEWAY --store {store}", command.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(kept.RefreshToken, command.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(kept.RefreshToken, kept.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(store)!));
        }
    }

    [Fact]
    public async Task The_gateway_names_the_issuer_and_the_printed_token_counts_there()
    {
        string[] arguments = ["login", "--url", gateway.Url.AbsoluteUri, "--client-id", OpenIdProvider.CommandLine, "--no-browser", "--print-token", "--store", gateway.NewStore()];
        using var command = new RunningCommand(arguments);

        await SomebodyAtProvider.FollowAsync(await command.Error.WaitForAsync(LoginPage), "ada");

        Assert.Equal(0, await command.Ended);
        using var client = new HttpClient { BaseAddress = gateway.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", command.Output.ToString().TrimEnd());
        Assert.Contains("\"ada\"", await client.GetStringAsync("/v1/access/me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_the_provider_does_not_know_is_told_so_and_nothing_is_kept()
    {
        var store = gateway.NewStore();
        using var command = new RunningCommand(gateway.Login(store));

        var page = await SomebodyAtProvider.FollowAsync(await command.Error.WaitForAsync(LoginPage), "nobody");

        Assert.Contains("You were not logged in", page, StringComparison.Ordinal);
        Assert.Equal(1, await command.Ended);
        Assert.Contains("The provider refused: access_denied", command.Error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(store));
    }

    [Fact]
    public async Task An_answer_without_the_logins_state_changes_nothing_and_the_login_goes_on()
    {
        var store = gateway.NewStore();
        using var command = new RunningCommand(gateway.Login(store));
        var asked = await command.Error.WaitForAsync(LoginPage);
        var (back, _) = Of(asked);
        using var client = new HttpClient();

        foreach (var query in new[] { "", "?code=x", "?code=x&state=guessed&iss=" + Uri.EscapeDataString(gateway.Provider.Issuer), "?error=access_denied&state=" })
        {
            using var answer = await client.GetAsync(new Uri(back + query));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        await SomebodyAtProvider.FollowAsync(asked, "ada");
        Assert.Equal(0, await command.Ended);
    }

    [Fact]
    public async Task An_answer_by_another_name_of_this_machine_changes_nothing_and_the_login_goes_on()
    {
        using var command = new RunningCommand(gateway.Login(gateway.NewStore()));
        var asked = await command.Error.WaitForAsync(LoginPage);
        var (back, state) = Of(asked);
        using var client = new HttpClient();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, $"{back}?code=x&state={state}&iss={Uri.EscapeDataString(gateway.Provider.Issuer)}");
        rebound.Headers.Host = $"rebound.example:{new Uri(back).Port}";

        using var answer = await client.SendAsync(rebound);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        await SomebodyAtProvider.FollowAsync(asked, "ada");
        Assert.Equal(0, await command.Ended);
    }

    [Theory]
    [InlineData("&iss=https%3A%2F%2Fevil.example")]
    [InlineData("")]
    public async Task An_answer_of_another_provider_ends_the_login(string iss)
    {
        using var command = new RunningCommand(gateway.Login(gateway.NewStore()));
        var (back, state) = Of(await command.Error.WaitForAsync(LoginPage));
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri($"{back}?code=x&state={state}{iss}"));

        Assert.Equal(1, await command.Ended);
        Assert.Contains("not of the provider that was asked", command.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_on_another_machine_needs_the_code_only()
    {
        var store = gateway.NewStore();
        using var command = new RunningCommand(gateway.Login(store, "--device", "--dpop"));
        var code = await command.Error.WaitForAsync(@"enter the code (\S+)");

        var page = await SomebodyAtProvider.FollowAsync(await command.Error.WaitForAsync(@"or open (\S+)"), "ada", "phr");

        Assert.True(await command.Ended == 0, $"{page}: {command.Error}");
        Assert.Matches("^[A-Z]{4}-[A-Z]{4}$", code);
        Assert.NotNull(LoginGateway.Stored(store).ProofKey);
        Assert.Contains("granted urn:ietf:params:oauth:grant-type:device_code", gateway.Provider.Said);
    }

    [Fact]
    public async Task A_logout_ends_the_login_at_the_provider_and_removes_the_file()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        var login = LoginGateway.Stored(store);

        var (code, _, error) = await LoginGateway.RunAsync("logout", "--store", store);

        Assert.True(code == 0, error);
        Assert.False(File.Exists(store));
        new LoginStore(store, TimeProvider.System).Write(login);
        await using var relay = await gateway.ServeAsync(store);
        Assert.Equal((HttpStatusCode.Unauthorized, "login_required"), ((await relay.WhoAsync()).Status, (await relay.WhoAsync()).Code));
        Assert.Contains($"Log in again: {gateway.LoginAgain(store)}", relay.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_logout_without_the_provider_removes_the_file_and_says_what_is_left_to_do()
    {
        var store = gateway.NewStore();
        new LoginStore(store, TimeProvider.System).Write(new StoredLogin("1", "http://127.0.0.1:1", "c", null, "openid", "r", null));

        var (code, _, error) = await LoginGateway.RunAsync("logout", "--store", store);

        Assert.Equal((2, false), (code, File.Exists(store)));
        Assert.Contains("end it on the provider's own page", error, StringComparison.Ordinal);
        Assert.Equal(0, (await LoginGateway.RunAsync("logout", "--store", store)).Code);
    }

    [Theory]
    [InlineData("-1", "--max-age must be")]
    [InlineData("soon", "--max-age must be")]
    public async Task An_age_that_is_none_is_not_sent(string age, string told)
    {
        var (code, output, error) = await LoginGateway.RunAsync(gateway.Login(gateway.NewStore(), "--max-age", age)).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.NotEqual(0, code);
        Assert.Contains(told, output + error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1/sub?x=1")]
    [InlineData("https://127.0.0.1/sub?")]
    [InlineData("https://127.0.0.1/sub#x")]
    public async Task A_gateways_address_has_neither_query_nor_fragment(string url)
    {
        var store = gateway.NewStore();
        new LoginStore(store, TimeProvider.System).Write(new StoredLogin("1", "http://127.0.0.1:1", "c", null, "openid", "r", null));
        string[][] commands = [["login", "--client-id", "c", "--no-browser"], ["login", "serve", "--port", "0", "--key-file", store + ".key"]];
        foreach (var arguments in commands)
        {
            var (code, _, error) = await LoginGateway.RunAsync([.. arguments, "--store", store, "--url", url]).WaitAsync(TimeSpan.FromSeconds(20));

            Assert.Equal(2, code);
            Assert.Contains("neither a query nor a fragment", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""["https://one.example","https://two.example"]""", "Choose one with --issuer: https://one.example, https://two.example")]
    [InlineData("[]", "names no issuer")]
    [InlineData("\"x\"", "cannot be read")]
    public async Task A_gateway_that_does_not_name_one_issuer_leaves_the_choice_to_the_person(string servers, string told)
    {
        await using var other = await ScriptedBackend.StartAsync();
        other.Answer = context => ScriptedBackend.WriteJsonAsync(context, $$"""{"resource":"{{other.Url}}","authorization_servers":{{servers}}}""");

        var (code, _, error) = await LoginGateway.RunAsync("login", "--client-id", "c", "--no-browser", "--store", gateway.NewStore(), "--url", other.Url);

        Assert.Equal(2, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_gateway_says_of_another_address_does_not_count()
    {
        await using var other = await ScriptedBackend.StartAsync();
        other.Answer = context => ScriptedBackend.WriteJsonAsync(context, """{"resource":"https://llm.example.org","authorization_servers":["https://evil.example"]}""");

        var (code, _, error) = await LoginGateway.RunAsync("login", "--client-id", "c", "--no-browser", "--store", gateway.NewStore(), "--url", other.Url);

        Assert.Equal(2, code);
        Assert.Contains("describes another address", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bound_token_is_not_printed()
    {
        Assert.NotEqual(0, (await LoginGateway.RunAsync(gateway.Login(gateway.NewStore(), "--dpop", "--print-token"))).Code);
    }

    [Theory]
    [InlineData("http://login.example.org", "over plain http to this machine only")]
    [InlineData("nowhere", "is no https address")]
    [InlineData("http://127.0.0.1:1", "cannot be asked")]
    public async Task An_issuer_that_cannot_be_asked_safely_is_not_asked(string issuer, string told)
    {
        var (code, _, error) = await LoginGateway.RunAsync("login", "--client-id", "c", "--no-browser", "--store", gateway.NewStore(), "--issuer", issuer);

        Assert.Equal(2, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    private static (string Back, string State) Of(string address)
    {
        var query = HttpUtility.ParseQueryString(new Uri(address).Query);
        return (query["redirect_uri"]!, query["state"]!);
    }
}
