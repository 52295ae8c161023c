using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>A gateway with its real audit and store, and the people around it.</summary>
public sealed class AccessGateway : IAsyncLifetime
{
    public const string Issuer = DevelopmentIssuer.Issuer;

    private const string Policy = """
        {
          "name": "access",
          "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": {
              "requires": { "tier": "verified", "any_of": ["security-professional"] },
              "approvals": 2,
              "longest_grant_days": 7,
              "prompt": { "uncertain": "hold", "flagged": "refuse" },
              "completion": { "uncertain": "log", "flagged": "refuse" }
            },
            "fraud": { "head": "fraud", "requires": { "tier": "verified", "any_of": [] } },
            "fraud.forgery": { "head": "fraud", "approvals": 2, "longest_grant_days": 3 },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    internal TheGateway Gateway { get; } = new() { UsesRealAudit = true, PolicyText = Policy };

    public HttpClient Management { get; private set; } = null!;

    /// <summary>What the public address says of itself, and the management address.</summary>
    internal (DescribedApi Public, DescribedApi Management) Described { get; private set; }

    public async Task InitializeAsync()
    {
        await Gateway.InitializeAsync();
        Management = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Gateway.Management };
        Described = (new DescribedApi(Gateway.Client, "access", Gateway.Client), new DescribedApi(Management, "admin", Gateway.Client));
    }

    public async Task DisposeAsync()
    {
        Management.Dispose();
        await Gateway.DisposeAsync();
    }

    /// <summary>A registered user's token.</summary>
    internal string Person(string subject, string? organisation = null) =>
        Gateway.TokenOf(new DevelopmentToken("registered") { Subject = subject, Organisation = organisation });

    /// <summary>The token of somebody with a role, who is nobody special to the models.</summary>
    internal string Staff(string subject, params string[] roles) =>
        Gateway.TokenOf(new DevelopmentToken("registered") { Subject = subject, Roles = roles });

    internal Task<Reply> GetAsync(string path, string? token) => SendAsync(Gateway.Client, HttpMethod.Get, path, token, null);

    internal Task<Reply> PostAsync(string path, string? token, object? body = null) => SendAsync(Gateway.Client, HttpMethod.Post, path, token, body);

    internal Task<Reply> AdminAsync(string path, string? token) => SendAsync(Management, HttpMethod.Get, path, token, null);

    internal Task<Reply> AdminAsync(string path, string? token, object body) => SendAsync(Management, HttpMethod.Post, path, token, body);

    /// <summary>What the gateway's gauges of access show now.</summary>
    internal Dictionary<string, long> Gauges()
    {
        var own = Gateway.Services.GetRequiredService<AccessMetrics>().Meter;
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (ReferenceEquals(instrument.Meter, own))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }

    /// <summary>Asks for cyber for a week; returns the request's id.</summary>
    internal async Task<string> RequestAsync(string token) => (await PostAsync("/v1/access/requests", token, new
    {
        categories = new[] { "cyber" },
        project = "Red team 2031",
        purpose = "Testing our own systems, by contract.",
        days = 7,
    })).Expect(201).Text("id");

    /// <summary>Two people approve it.</summary>
    internal async Task ApproveAsync(string request)
    {
        foreach (var approver in new[] { "first-approver", "second-approver" })
        {
            (await AdminAsync($"/admin/requests/{request}/approve", Staff(approver, "approver"), new { reason = "Contract seen." })).Expect(200);
        }
    }

    /// <summary>Waits until the audit has so many records of a decision: the last one is a note, which nobody waits for.</summary>
    internal async Task RecordedAsync(string decision, int records)
    {
        var file = Gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value.File;
        for (var i = 0; i < 200 && AuditReader.ReadDecision(file, decision).Count < records; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(records, AuditReader.ReadDecision(file, decision).Count);
    }

    /// <summary>Asks for something and is refused; returns the decision's id once it is recorded.</summary>
    internal async Task<string> RefusedAsync(string token, string prompt = "hello")
    {
        Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var id = (await Gateway.SendAsync(TheGateway.Ask(prompt), token)).Error.GetProperty("decision_id").GetString()!;
        await RecordedAsync(id, 1);
        return id;
    }

    /// <summary>Asks for something harmless and is answered; returns the decision's id once it is recorded.</summary>
    internal async Task<string> ReleasedAsync(string token, string prompt = "hello")
    {
        Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        var id = (await Gateway.SendAsync(TheGateway.Ask(prompt), token)).Headers["x-request-id"];
        await RecordedAsync(id, 1);
        return id;
    }

    internal Task CheckAsync(HttpClient client, HttpResponseMessage response) => (client == Management ? Described.Management : Described.Public).CheckAsync(response);

    private async Task<Reply> SendAsync(HttpClient client, HttpMethod method, string path, string? token, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        }

        using var response = await client.SendAsync(request);
        await CheckAsync(client, response);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(
            (int)response.StatusCode,
            text.Length > 0 && text[0] == '{' ? JsonDocument.Parse(text).RootElement : default,
            response.Content.Headers.ContentType?.MediaType,
            string.Join(',', response.Headers.WwwAuthenticate));
    }

    /// <summary>Streams a gated answer, does something after its first frame, and returns what came after that.</summary>
    public async Task<string> StreamUntilAsync(string token, Func<Task> change)
    {
        var (changed, chunk) = (new TaskCompletionSource(), ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 400) }, null));
        Gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(chunk + chunk);
            await context.Response.Body.FlushAsync();
            await changed.Task;
            await context.Response.WriteAsync(chunk + ScriptedBackend.Chunk(new { }, "stop"));
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), token);
        using var response = await Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[chunk.Length]);
        await change();
        changed.SetResult();
        return await new StreamReader(body).ReadToEndAsync();
    }
}

/// <summary>What an endpoint answered.</summary>
internal sealed record Reply(int Status, JsonElement Body, string? MediaType, string Challenge)
{
    public Reply Expect(int status)
    {
        Assert.True(Status == status, $"{Status}, not {status}: {Body}");
        return this;
    }

    public string Text(string name) => Body.GetProperty(name).GetString()!;

    public JsonElement[] Items => [.. Body.GetProperty("items").EnumerateArray()];
}
