using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;

namespace PolicyGateway.Tests.Access;

/// <summary>A change that is sent twice is made once, and one that was decided upon something old is not made.</summary>
public sealed class RepeatedChangeTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private static readonly object Wanted = new { categories = new[] { "cyber" }, project = "Twice", purpose = "Sent twice.", days = 3 };

    [Fact]
    public async Task The_same_request_with_the_same_key_is_made_once()
    {
        var token = access.Person("sends-twice");

        var first = await SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "one"));
        var second = await SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "one"));

        Assert.Equal((201, 201), (first.Status, second.Status));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal((null, "true"), (first.Header("Idempotency-Replayed"), second.Header("Idempotency-Replayed")));
        Assert.Equal("application/json", second.Header("Content-Type")!.Split(';')[0]);
        Assert.Single((await access.GetAsync("/v1/access/requests", token)).Items);
    }

    [Fact]
    public async Task A_key_is_ones_own_and_goes_with_one_request()
    {
        var mine = await SendAsync(access.Gateway.Client, "/v1/access/requests", access.Person("has-key"), Wanted, ("Idempotency-Key", "shared"));
        var theirs = await SendAsync(access.Gateway.Client, "/v1/access/requests", access.Person("has-the-same-key"), Wanted, ("Idempotency-Key", "shared"));
        var other = await SendAsync(access.Gateway.Client, "/v1/access/requests", access.Person("has-key"), new { categories = new[] { "cyber" }, project = "Other", purpose = "Other.", days = 3 }, ("Idempotency-Key", "shared"));

        Assert.NotEqual(mine.Text, theirs.Text);
        Assert.Equal((201, 201, 422), (mine.Status, theirs.Status, other.Status));
        Assert.Contains("idempotency_key_reused", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_at_once_one_is_made()
    {
        var token = access.Person("sends-many");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "many"))));

        Assert.All(answers, static answer => Assert.Contains(answer.Status, new[] { 201, 409 }));
        Assert.Contains(answers, static answer => answer.Status == 201);
        Assert.Single((await access.GetAsync("/v1/access/requests", token)).Items);
    }

    [Fact]
    public async Task A_secret_is_told_once_and_not_kept_for_a_replay()
    {
        var token = access.Person("makes-a-key");

        var first = await SendAsync(access.Gateway.Client, "/v1/access/keys", token, new { name = "laptop", days = 3 }, ("Idempotency-Key", "key"));
        var second = await SendAsync(access.Gateway.Client, "/v1/access/keys", token, new { name = "laptop", days = 3 }, ("Idempotency-Key", "key"));

        var secret = JsonDocument.Parse(first.Text).RootElement.GetProperty("key").GetString()!;
        Assert.Equal((201, 409), (first.Status, second.Status));
        Assert.DoesNotContain(secret, second.Text, StringComparison.Ordinal);
        Assert.Single((await access.GetAsync("/v1/access/keys", token)).Items);
        foreach (var file in Directory.EnumerateFiles(access.Gateway.Folder, "state*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Assert.DoesNotContain(secret, await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/admin/evidence/{decision}")]
    [InlineData("/admin/privacy/export")]
    [InlineData("/admin/keys")]
    [InlineData("/v1/access/keys/{id}/rotate")]
    public void A_text_that_was_sealed_and_a_secret_are_not_kept_for_a_replay(string route)
    {
        var endpoints = access.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

        var endpoint = endpoints.Single(endpoint => endpoint.RoutePattern.RawText == route && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true);

        Assert.NotNull(endpoint.Metadata.GetMetadata<TellsOnce>());
    }

    [Fact]
    public async Task What_is_kept_of_answers_goes_with_a_person_also_of_those_to_others_who_decided_for_him()
    {
        var token = access.Person("erased-repeat");
        var request = await SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "erased"));
        var (path, approver) = ($"/admin/requests/{JsonDocument.Parse(request.Text).RootElement.GetProperty("id").GetString()}/deny", access.Staff("denies", "approver"));
        await SendAsync(access.Management, path, approver, new { reason = "No contract." }, ("Idempotency-Key", "denied"));

        var erased = (await access.AdminAsync("/admin/privacy/erase", access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject = "erased-repeat", reason = "Asked to." })).Expect(200);

        Assert.InRange(erased.Body.GetProperty("records").GetProperty("repeats").GetInt32(), 2, int.MaxValue);
        var again = await SendAsync(access.Management, path, approver, new { reason = "No contract." }, ("Idempotency-Key", "denied"));
        Assert.Null(again.Header("Idempotency-Replayed"));
        Assert.Null((await SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "erased"))).Header("Idempotency-Replayed"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task A_key_that_is_none_is_a_fault(string key)
    {
        var answer = await SendAsync(access.Gateway.Client, "/v1/access/requests", access.Person("bad-key"), Wanted, ("Idempotency-Key", key));

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task A_refused_change_can_be_mended_under_a_new_key_only()
    {
        var token = access.Person("refused-first");
        var wrong = new { categories = new[] { "cyber" }, project = "Long", purpose = "Too long.", days = 400 };

        Assert.Equal(422, (await SendAsync(access.Gateway.Client, "/v1/access/requests", token, wrong, ("Idempotency-Key", "a"))).Status);
        Assert.Equal("true", (await SendAsync(access.Gateway.Client, "/v1/access/requests", token, wrong, ("Idempotency-Key", "a"))).Header("Idempotency-Replayed"));
        Assert.Equal(201, (await SendAsync(access.Gateway.Client, "/v1/access/requests", token, Wanted, ("Idempotency-Key", "b"))).Status);
    }

    [Fact]
    public async Task Who_decides_upon_what_he_saw_decides_nothing_else()
    {
        var id = await access.RequestAsync(access.Person("seen"));
        var (path, first, second) = ($"/admin/requests/{id}", access.Staff("saw-first", "approver"), access.Staff("saw-second", "approver"));
        var seen = await SendAsync(access.Management, path, first, null);
        var tag = seen.Header("ETag")!;

        Assert.Equal(304, (await SendAsync(access.Management, path, first, null, ("If-None-Match", tag))).Status);
        Assert.Equal(200, (await SendAsync(access.Management, path + "/approve", first, new { reason = "Seen." }, ("If-Match", tag))).Status);

        // It has an approval more than the second approver saw.
        Assert.Equal(412, (await SendAsync(access.Management, path + "/approve", second, new { reason = "Seen." }, ("If-Match", tag))).Status);
        Assert.Equal(200, (await SendAsync(access.Management, path, second, null, ("If-None-Match", tag))).Status);
        Assert.Equal(200, (await SendAsync(access.Management, path + "/approve", second, new { reason = "Seen now." }, ("If-Match", "*"))).Status);
    }

    [Fact]
    public async Task What_changed_while_a_body_came_is_not_decided_upon_as_it_was_before()
    {
        var id = await access.RequestAsync(access.Person("seen-slowly"));
        var (path, slow) = ($"/admin/requests/{id}", access.Staff("writes-slowly", "approver"));
        var tag = (await SendAsync(access.Management, path, slow, null)).Header("ETag")!;
        using var request = new HttpRequestMessage(HttpMethod.Post, path + "/deny");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", slow);
        request.Headers.TryAddWithoutValidation("If-Match", tag);

        // The server asks for the body when it begins to read it.
        request.Headers.ExpectContinue = true;
        request.Content = new AfterContent(async () => Assert.Equal(200, (await SendAsync(access.Management, path + "/approve", access.Staff("is-faster", "approver"), new { reason = "Seen." })).Status));
        using var patient = new HttpClient(new SocketsHttpHandler { UseProxy = false, Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = access.Management.BaseAddress };
        using var response = await patient.SendAsync(request);

        Assert.Equal(412, (int)response.StatusCode);
        Assert.Equal(200, (await SendAsync(access.Management, path + "/deny", slow, new { reason = "Not so." }, ("If-Match", (await SendAsync(access.Management, path, slow, null)).Header("ETag")!))).Status);
    }

    [Fact]
    public async Task A_lost_role_is_lost_for_a_replay_as_well()
    {
        var id = await access.RequestAsync(access.Person("role-lost"));
        var body = new { reason = "No." };
        Assert.Equal(200, (await SendAsync(access.Management, $"/admin/requests/{id}/deny", access.Staff("loses-role", "approver"), body, ("Idempotency-Key", "deny"))).Status);

        Assert.Equal(403, (await SendAsync(access.Management, $"/admin/requests/{id}/deny", access.Staff("loses-role", "auditor"), body, ("Idempotency-Key", "deny"))).Status);
    }

    private async Task<Sent> SendAsync(HttpClient client, string path, string token, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        await access.CheckAsync(client, response);
        return new Sent((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Concat(response.Content.Headers).ToDictionary(
            static header => header.Key, static header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    private sealed record Sent(int Status, string Text, Dictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }

    /// <summary>A body that is written when something else has happened.</summary>
    private sealed class AfterContent : HttpContent
    {
        private readonly Func<Task> _first;

        public AfterContent(Func<Task> first)
        {
            _first = first;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await _first();
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { reason = "Not so." }));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
