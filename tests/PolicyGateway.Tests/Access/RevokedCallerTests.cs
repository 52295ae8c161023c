using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Whoever is revoked keeps nothing: not what a grant opened, not what was still on its way.</summary>
public sealed class RevokedCallerTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private const string Benign = "Nothing stands against this. ";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_of_a_revoked_person_ends_whatever_opened_it(bool isGated)
    {
        var person = $"streamer-{isGated}";
        await access.ApproveAsync(await access.RequestAsync(access.Person(person)));
        var (revoked, chunk) = (new TaskCompletionSource(), ScriptedBackend.Chunk(new { content = (isGated ? KeywordClassifier.Cyber : Benign) + new string('x', 400) }, null));
        access.Gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(chunk + chunk);
            await context.Response.Body.FlushAsync();
            await revoked.Task;
            await context.Response.WriteAsync(string.Concat(Enumerable.Repeat(chunk, 10)) + ScriptedBackend.Chunk(new { content = "the end" }, "stop"));
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), access.Person(person));
        using var response = await access.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[chunk.Length]);

        await RevokeAsync(person);
        revoked.SetResult();

        var rest = await new StreamReader(body).ReadToEndAsync();
        Assert.DoesNotContain("the end", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", rest, StringComparison.Ordinal);
        Assert.Contains("was revoked at this gateway", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("access token is required", rest, StringComparison.Ordinal);

        var next = await access.Gateway.SendAsync(TheGateway.Ask("hello"), access.Person(person));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (next.Status, next.Code));
        Assert.Contains("was revoked at this gateway. Its operator can say more.", next.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_to_a_gated_question_ends_with_the_grant_that_opened_it_however_harmless_its_answer()
    {
        var (book, now) = (access.Gateway.Services.GetRequiredService<GrantBook>(), DateTimeOffset.UtcNow);
        var grant = new Grant
        {
            Id = "grt_short",
            Person = new PersonRef(AccessGateway.Issuer, "until-then"),
            Categories = ["cyber"],
            NotBefore = now.AddMinutes(-1),
            ExpiresAt = now.AddSeconds(3),
        };
        Assert.True(await book.TryWriteAsync(grant.Holder(), [book.Set.Add(grant.Id, grant)], default));
        var chunk = ScriptedBackend.Chunk(new { content = Benign + new string('x', 400) }, null);
        access.Gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 250; i++)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        };
        using var request = TheGateway.Request(TheGateway.Ask(KeywordClassifier.Cyber, stream: true), access.Person("until-then"));
        using var response = await access.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var body = await response.Content.ReadAsStringAsync();

        Assert.InRange(DateTimeOffset.UtcNow - now, TimeSpan.FromSeconds(2.9), TimeSpan.FromSeconds(4.5));
        Assert.Contains(Benign, body, StringComparison.Ordinal);
        Assert.Contains("content_filter", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_word_of_an_approver_who_was_revoked_since_counts_no_more()
    {
        var request = await access.RequestAsync(access.Person("waits-for-two"));
        var path = $"/admin/requests/{request}/approve";
        (await access.AdminAsync(path, access.Staff("gone-approver", "approver"), new { reason = "Seen." })).Expect(200);
        await RevokeAsync("gone-approver");

        var second = (await access.AdminAsync(path, access.Staff("second-of-three", "approver"), new { reason = "Seen." })).Expect(200);
        var third = (await access.AdminAsync(path, access.Staff("third-of-three", "approver"), new { reason = "Seen." })).Expect(200);

        Assert.Equal(("pending", "approved"), (second.Text("status"), third.Text("status")));
    }

    [Fact]
    public async Task A_person_who_is_revoked_while_his_request_is_still_coming_is_refused()
    {
        var token = access.Person("slow");
        await access.ApproveAsync(await access.RequestAsync(token));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var body = await TheGateway.Ask("hello").ReadAsStringAsync();

        var answer = await SlowlyAsync(access.Gateway.Url, "/v1/chat/completions", token, body, () => RevokeAsync("slow"));

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_approver_who_is_revoked_while_his_word_is_still_coming_approves_nothing()
    {
        var request = await access.RequestAsync(access.Person("waiting"));
        (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("quick", "approver"), new { reason = "Yes." })).Expect(200);

        var answer = await SlowlyAsync(
            access.Gateway.Management, $"/admin/requests/{request}/approve", access.Staff("late", "approver"), """{"reason":"Yes."}""", () => RevokeAsync("late"));

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.Equal("pending", (await access.GetAsync($"/v1/access/requests/{request}", access.Person("waiting"))).Expect(200).Text("status"));
    }

    /// <summary>Sends a request whose last byte waits for something to happen; returns all that is answered.</summary>
    private static async Task<string> SlowlyAsync(Uri address, string path, string token, string body, Func<Task> meanwhile)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nAuthorization: Bearer {token}\r\n\r\n{body[..^1]}"));
        await Task.Delay(300); // the gateway has read who asks
        await meanwhile();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body[^1..]));
        return await new StreamReader(stream).ReadToEndAsync();
    }

    private async Task RevokeAsync(string person) => (await access.AdminAsync("/admin/revocations", access.Staff("operator", "operator"), new
    {
        target = "person",
        issuer = AccessGateway.Issuer,
        subject = person,
        reason = "A test.",
    })).Expect(201);
}
