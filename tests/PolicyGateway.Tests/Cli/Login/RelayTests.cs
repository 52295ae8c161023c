using System.ClientModel;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenAI;
using OpenAI.Chat;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Clients;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>SDKs that know a base URL and a static key, and get through as who is logged in.</summary>
public sealed class RelayTests(LoginGateway gateway) : IClassFixture<LoginGateway>
{
    [Fact]
    public async Task A_stock_sdk_is_answered_as_who_is_logged_in_with_a_bound_token()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada", "phr", "--dpop", "--acr-values", "phr");
        await using var relay = await gateway.ServeAsync(store);

        // Only who she is, how she logged in and the proof of each request open this.
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(
            context, ScriptedBackend.Chunk(new { role = "assistant", content = "" }, null) + ScriptedBackend.Stream("It works like this. " + KeywordClassifier.Cyber));
        var chat = new OpenAIClient(new ApiKeyCredential(relay.Key), new OpenAIClientOptions { Endpoint = new Uri(relay.Address, "/v1") }).GetChatClient("m");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("It works like this. " + KeywordClassifier.Cyber, await StreamAsync(chat));
        }

        var node = await NodeClient.RunAsync("stream", new Uri(relay.Address, "/v1").AbsoluteUri, relay.Key, "m", "hello");
        Assert.Equal(("It works like this. " + KeywordClassifier.Cyber, 1), (node.GetProperty("text").GetString(), node.GetProperty("requests").GetInt32()));
        Assert.DoesNotContain(gateway.Backend.Received, sent => sent.Headers.Any(header => header.Value.Contains(relay.Key, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_body_is_sent_again_with_the_nonce_that_the_gateway_asks_for(int length)
    {
        await using var strict = await ScriptedBackend.StartAsync();
        strict.Answer = context =>
        {
            context.Response.Headers["DPoP-Nonce"] = "n" + strict.Received.Count;
            context.Response.Headers.WWWAuthenticate = strict.Received.Count == 1 ? "DPoP error=\"use_dpop_nonce\"" : "";
            context.Response.StatusCode = strict.Received.Count == 1 ? 401 : 200;
            return Task.CompletedTask;
        };
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada", "pwd", "--dpop");
        await using var relay = await Relay.StartAsync(store, strict.Url + "/base");

        var answer = await relay.SendAsync(HttpMethod.Post, "/v1/x?a=b", relay.Key, new string('x', length));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([length, length], strict.Received.Select(static sent => sent.Body.Length));
        var proofs = strict.Received.Select(static sent => new JsonWebToken(sent.Headers["DPoP"])).ToList();
        Assert.Equal(["POST " + strict.Url + "/base/v1/x", "POST " + strict.Url + "/base/v1/x"], proofs.Select(static proof => $"{proof.GetClaim("htm").Value} {proof.GetClaim("htu").Value}"));
        Assert.False(proofs[0].TryGetClaim("nonce", out _));
        Assert.Equal("n1", proofs[1].GetClaim("nonce").Value);
        Assert.NotEqual(proofs[0].Id, proofs[1].Id);
        Assert.All(strict.Received, sent => Assert.Equal(DpopClient.HashOf(sent.Headers["Authorization"]["DPoP ".Length..]), new JsonWebToken(sent.Headers["DPoP"]).GetClaim("ath").Value));
    }

    [Fact]
    public async Task Where_a_stronger_login_is_asked_for_the_terminal_says_how_and_the_relay_takes_the_new_one()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        await using var relay = await gateway.ServeAsync(store);
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(relay)).Status);

        var again = await relay.Error.WaitForAsync("Type: (policygateway login .*)");
        Assert.Equal($"{gateway.LoginAgain(store)} --dpop --acr-values phr", again);
        await gateway.LogInAsync(store, "ada", "phr", "--dpop", "--acr-values", "phr");
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(relay)).Status);
    }

    [Fact]
    public async Task A_token_is_renewed_before_its_end_once_for_all_who_ask_and_what_is_rotated_is_kept()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "brief");
        var first = LoginGateway.Stored(store);
        await using var relay = await gateway.ServeAsync(store);
        await using var other = await gateway.ServeAsync(store);
        Assert.Equal(HttpStatusCode.OK, (await relay.WhoAsync()).Status);
        var second = LoginGateway.Stored(store);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(first.Id, second.Id);

        // Two relays on one login: a refresh token that both used would end it.
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1.6));
            var before = Renewals();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => (n % 2 == 0 ? relay : other).WhoAsync()));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
            Assert.InRange(Renewals() - before, 1, 2);
        }

        Assert.NotEqual(second.RefreshToken, LoginGateway.Stored(store).RefreshToken);
    }

    [Fact]
    public async Task Only_the_relays_own_key_lets_in_and_no_page_and_no_other_name()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        await using var relay = await gateway.ServeAsync(store);
        Assert.Equal(relay.Key, relay.Output.ToString().Trim());

        foreach (var header in new[] { "x-api-key", "api-key", "x-goog-api-key", "Authorization" })
        {
            Assert.Equal(HttpStatusCode.OK, (await WhoAsync((header, relay.Key))).Status);
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), Of(await WhoAsync((header, relay.Key[..^1]))));
        }

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), Of(await WhoAsync()));
        Assert.Equal(HttpStatusCode.OK, (await WhoAsync(("Authorization", "Bearer " + relay.Key), ("Host", "localhost:1234"))).Status);
        Assert.Equal((HttpStatusCode.MisdirectedRequest, "misdirected_request"), Of(await WhoAsync(("Authorization", "Bearer " + relay.Key), ("Host", "evil.example"))));
        foreach (var origin in new[] { "https://evil.example", "null", "http://127.0.0.1" })
        {
            Assert.Equal((HttpStatusCode.Forbidden, "origin_refused"), Of(await WhoAsync(("Authorization", "Bearer " + relay.Key), ("Origin", origin))));
        }

        // The key is printed by the relay that made it, and by no later one.
        await using var next = await gateway.ServeAsync(store);
        Assert.Equal((relay.Key, ""), (next.Key, next.Output.ToString()));

        Task<Answer> WhoAsync(params (string, string)[] headers) => relay.SendAsync(HttpMethod.Get, "/v1/access/me", null, null, headers);
    }

    [Theory]
    [InlineData("x-api-key: KEY", "Authorization: Bearer another")]
    [InlineData("Authorization: Bearer another", "Authorization: Bearer KEY")]
    [InlineData("Authorization: Bearer KEY", "authorization: Basic YTpi")]
    [InlineData("api-key: KEY", "x-goog-api-key: another")]
    public async Task Two_keys_are_refused(string one, string other)
    {
        await using var relay = await RelayAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, relay.Address.Port);
        await using var stream = client.GetStream();

        // As two lines, which the client of the other tests would send as one.
        var request = $"GET /v1/access/me HTTP/1.1\r\nHost: 127.0.0.1\r\n{one}\r\n{other}\r\nConnection: close\r\n\r\n".Replace("KEY", relay.Key, StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = await new StreamReader(stream).ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("several_keys", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_key_in_two_headers_is_one()
    {
        await using var relay = await RelayAsync();

        Assert.Equal(HttpStatusCode.OK, (await WhoAsync(relay, ("Authorization", "Bearer " + relay.Key), ("x-api-key", relay.Key))).Status);
    }

    [Fact]
    public async Task The_relays_key_leaves_this_machine_by_no_query_path_or_header()
    {
        await using var far = await ScriptedBackend.StartAsync();
        await using var relay = await RelayAsync(far.Url);
        var encoded = string.Concat(relay.Key.Select(static c => $"%{(int)c:x2}"));

        foreach (var key in new[] { relay.Key, null })
        {
            foreach (var address in new[] { "/v1/x?key=" + relay.Key, "/v1/x?a=b&key=" + encoded, "/v1/x?key=a&key=" + relay.Key })
            {
                Assert.Equal((HttpStatusCode.BadRequest, "key_elsewhere"), Of(await relay.SendAsync(HttpMethod.Get, address, key)));
            }
        }

        foreach (var address in new[] { "/v1/x?" + relay.Key, $"/v1/x?a=({relay.Key})", "/v1/" + relay.Key, "/v1/" + encoded })
        {
            Assert.Equal((HttpStatusCode.BadRequest, "key_elsewhere"), Of(await relay.SendAsync(HttpMethod.Get, address, relay.Key)));
        }

        Assert.Equal((HttpStatusCode.BadRequest, "key_elsewhere"), Of(await relay.SendAsync(HttpMethod.Get, "/v1/x", relay.Key, null, ("x-other", "token=" + relay.Key))));
        Assert.Empty(far.Received);
        Assert.Equal(HttpStatusCode.OK, (await relay.SendAsync(HttpMethod.Get, "/v1/x?key=another", relay.Key)).Status);
    }

    [Fact]
    public async Task After_a_logout_the_whole_command_that_logs_in_again_is_named_on_the_terminal_too()
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        await using var relay = await gateway.ServeAsync(store);
        await using var asked = await gateway.ServeAsync(store);
        Assert.Equal(HttpStatusCode.OK, (await asked.WhoAsync()).Status);
        await LoginGateway.RunAsync("logout", "--store", store);

        foreach (var one in new[] { relay, asked })
        {
            var answer = await one.WhoAsync();

            Assert.Equal((HttpStatusCode.Unauthorized, "login_required"), Of(answer));
            var told = $"Nobody is logged in at {store}. Log in again: {gateway.LoginAgain(store)}";
            Assert.Contains(told, answer.Text, StringComparison.Ordinal);
            Assert.Contains(told, one.Error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_passes_as_it_comes()
    {
        await using var slow = await ScriptedBackend.StartAsync();
        var goOn = new TaskCompletionSource();
        slow.Answer = async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.WriteAsync(" second");
        };
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        await using var relay = await Relay.StartAsync(store, slow.Url + "/base/");
        using var client = new HttpClient { BaseAddress = relay.Address };
        client.DefaultRequestHeaders.Add("x-api-key", relay.Key);

        using var answer = await client.GetAsync("/v1/x?a=b", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var begun = new byte[5];
        await body.ReadExactlyAsync(begun);
        goOn.SetResult();

        Assert.Equal("first second", Encoding.ASCII.GetString(begun) + await new StreamReader(body).ReadToEndAsync());
        var sent = Assert.Single(slow.Received);
        Assert.Equal(("/base/v1/x", "?a=b"), (sent.Path, sent.Query));
        Assert.False(sent.Headers.ContainsKey("x-api-key"));
        Assert.StartsWith("Bearer ey", sent.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_provider_the_gateway_or_a_login_the_sdk_is_told_what_is_missing()
    {
        var store = gateway.NewStore();
        Assert.Equal(2, (await LoginGateway.RunAsync("login", "serve", "--url", gateway.Url.AbsoluteUri, "--port", "0", "--store", store, "--key-file", store + ".key")).Code);

        new LoginStore(store, TimeProvider.System).Write(new StoredLogin("1", "http://127.0.0.1:1", "c", null, "openid", "r", null));
        await using var relay = await Relay.StartAsync(store, "http://127.0.0.1:1");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "login_unavailable"), Of(await relay.WhoAsync()));

        await gateway.LogInAsync(store, "ada");
        Assert.Equal((HttpStatusCode.BadGateway, "gateway_unavailable"), Of(await relay.WhoAsync()));

        File.Delete(store);
        Assert.Equal((HttpStatusCode.Unauthorized, "login_required"), Of(await relay.WhoAsync()));
    }

    private async Task<Relay> RelayAsync(string? url = null)
    {
        var store = gateway.NewStore();
        await gateway.LogInAsync(store, "ada");
        return await Relay.StartAsync(store, url ?? gateway.Url.AbsoluteUri);
    }

    private static Task<Answer> WhoAsync(Relay relay, params (string, string)[] headers) => relay.SendAsync(HttpMethod.Get, "/v1/access/me", null, null, headers);

    private static (HttpStatusCode, string?) Of(Answer answer) => (answer.Status, answer.Code);

    private static Task<Answer> AskAsync(Relay relay) =>
        relay.SendAsync(HttpMethod.Post, "/v1/chat/completions", relay.Key, """{"model":"m","messages":[{"role":"user","content":"hello"}]}""");

    private static async Task<string> StreamAsync(ChatClient chat)
    {
        var text = "";
        await foreach (var update in chat.CompleteChatStreamingAsync("hello"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        return text;
    }

    private int Renewals() => gateway.Provider.Said.Count(static line => line == "granted refresh_token");
}
