using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>A gateway of which everything that it says beside its answers is written down.</summary>
public sealed class RecordedGateway : IAsyncLifetime, IDisposable
{
    private readonly RecordingLogs _logs = new();

    internal TheGateway The { get; } = new();

    internal ScriptedBackend Backend => The.Backend;

    public Task InitializeAsync()
    {
        The.Changes = services => services.AddLogging(logging => logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Information));
        The.Settings["Logging:LogLevel:Default"] = "Information";
        The.Settings["Logging:Console:LogLevel:Default"] = "None";
        return The.InitializeAsync();
    }

    public Task DisposeAsync() => The.DisposeAsync();

    public void Dispose() => _logs.Dispose();

    internal Task<Answer> SendAsync(Wire wire, string body, string? token = null) =>
        The.SendAsync(TheGateway.Json(body), token, request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

    internal Task<AuditRecord> RecordOfAsync(Answer answer) => The.Audit.OfAsync(answer.Headers["x-request-id"]);

    internal void Answers(Wire wire, string body) => Backend.Answer = context => WriteAsync(context, wire.MediaType, body);

    internal static Task WriteAsync(HttpContext context, string mediaType, string body)
    {
        context.Response.ContentType = mediaType;
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    }

    /// <summary>This answer of the backend is held from somebody who is not cleared, and reaches somebody who is, byte by byte.</summary>
    internal async Task AssertHeldAsync(Wire wire, string answered, string marker = KeywordClassifier.Cyber, string? asked = null)
    {
        The.Reset();
        Answers(wire, answered);
        asked ??= wire.Body("hello");

        var held = await SendAsync(wire, asked, The.Token("registered"));
        var released = await SendAsync(wire, asked, The.Professional);

        Assert.Equal(2, Backend.Received.Count);
        Assert.True(held.Status == HttpStatusCode.Forbidden || (held.Status == HttpStatusCode.OK && wire.Speller!.IsBlock(held.Text)), held.Everything);
        Assert.DoesNotContain(marker, held.Everything, StringComparison.Ordinal);
        var record = await RecordOfAsync(held);
        Assert.Equal(("refused", "verification_required"), (record.Outcome, record.Reason));
        Assert.StartsWith(held.Text[..(int)record.ReleasedBytes], answered, StringComparison.Ordinal);
        Assert.Equal(answered, released.Text);
        Assert.Equal("released", (await RecordOfAsync(released)).Outcome);
        await AssertNowhereAsync(marker);
    }

    /// <summary>This request is refused to somebody who is not cleared, and reaches the backend byte by byte from somebody who is.</summary>
    internal async Task AssertRefusedAsync(Wire wire, string asked, string marker = KeywordClassifier.Cyber)
    {
        The.Reset();

        var refused = await SendAsync(wire, asked, The.Token("registered"));

        Assert.True(refused.Status == HttpStatusCode.Forbidden, $"{wire}: {refused.Everything}");
        Assert.Contains("verification_required", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(marker, refused.Everything, StringComparison.Ordinal);
        Assert.Empty(Backend.Received);
        Assert.Equal(("refused", wire.Name.Split(' ')[0]), ((await RecordOfAsync(refused)).Outcome, (await RecordOfAsync(refused)).Dialect));
        await SendAsync(wire, asked, The.Professional);
        Assert.Equal(asked, Encoding.UTF8.GetString(Assert.Single(Backend.Received).Body));
        await AssertNowhereAsync(marker);
    }

    /// <summary>Not in a log line, a record or a metric.</summary>
    internal async Task AssertNowhereAsync(string text)
    {
        Assert.NotEmpty(The.Audit.Noted);
        Assert.DoesNotContain(_logs.Lines, line => line.Contains(text, StringComparison.Ordinal));
        Assert.DoesNotContain(The.Audit.Noted.Concat(The.Audit.Committed), record => record.ToString().Contains(text, StringComparison.Ordinal));
        Assert.DoesNotContain(text, await The.Client.GetStringAsync(new Uri(The.Management, "/metrics")), StringComparison.Ordinal);
    }
}
