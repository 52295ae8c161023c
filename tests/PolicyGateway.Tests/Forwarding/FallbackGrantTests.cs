using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>A model that answers in another's place answers with the grants that count for it.</summary>
public sealed class FallbackGrantTests
{
    [Theory]
    // Models of the grant, prompt, answer, whether the first model answers, status.
    [InlineData("", "hello", KeywordClassifier.Cyber, false, HttpStatusCode.OK)]
    [InlineData("m other", "hello", KeywordClassifier.Cyber, false, HttpStatusCode.OK)]
    [InlineData("m other", KeywordClassifier.Cyber, "hello", false, HttpStatusCode.OK)]
    [InlineData("m", "hello", KeywordClassifier.Cyber, true, HttpStatusCode.OK)]
    [InlineData("m", "hello", KeywordClassifier.Cyber, false, HttpStatusCode.Forbidden)]
    [InlineData("m", KeywordClassifier.Cyber, "hello", false, HttpStatusCode.Forbidden)]
    [InlineData("m", "hello", "hello", false, HttpStatusCode.OK)]
    [InlineData("other", "hello", KeywordClassifier.Cyber, false, HttpStatusCode.Forbidden)]
    public async Task What_a_grant_opens_of_one_model_another_does_not_answer(string models, string prompt, string answer, bool firstAnswers, HttpStatusCode status)
    {
        foreach (var stream in new[] { false, true })
        {
            await using var backends = await TheBackends.StartAsync(static the =>
            {
                the["Clusters:c:Destinations:1:Address"] = TheBackends.Nobody;
                the["Clusters:d:Destinations:0"] = the.Second.Url;
                the["Models:other:Cluster"] = "d";
                the["Models:m:Fallbacks:0"] = "other";
            });
            ScriptedBackend.Script answering = stream
                ? context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Chunk(new { content = answer }, null) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n")
                : context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(answer));
            (backends.First.Answer, backends.Second.Answer) = (firstAnswers ? answering : TheBackends.Status(503), answering);
            var book = backends.Gateway.Services.GetRequiredService<GrantBook>();
            var grant = new Grant
            {
                Id = "grt_1",
                Person = new PersonRef(DevelopmentIssuer.Issuer, "granted"),
                Categories = ["cyber"],
                Models = [.. models.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
                NotBefore = DateTimeOffset.UtcNow.AddMinutes(-1),
                ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
            };
            Assert.True(await book.TryWriteAsync(grant.Holder(), [book.Set.Add(grant.Id, grant)], default));

            var got = await backends.Gateway.SendAsync(TheGateway.Ask(prompt, stream), backends.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "granted" }));

            Assert.Equal(status, got.Status);
            Assert.Equal(status == HttpStatusCode.OK, got.Text.Contains(answer, StringComparison.Ordinal));
            Assert.Equal(firstAnswers ? 0 : 1, backends.Second.Received.Count);
        }
    }
}
