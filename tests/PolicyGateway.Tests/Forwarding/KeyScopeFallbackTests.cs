using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>A model that answers in another's place is one that the key is for as well.</summary>
public sealed class KeyScopeFallbackTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData(",\"models\":[\"m\",\"other\"]", true)]
    [InlineData(",\"models\":[\"m\"]", false)]
    public async Task No_model_outside_a_keys_scope_answers_in_anothers_place(string models, bool isAnswered)
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:Destinations:1:Address"] = TheBackends.Nobody;
            the["Clusters:d:Destinations:0"] = the.Second.Url;
            the["Models:other:Cluster"] = "d";
            the["Models:m:Fallbacks:0"] = "other";
        });
        backends.First.Answer = TheBackends.Status(503);
        var key = await KeyAsync(backends.Gateway, models);

        foreach (var stream in new[] { false, true })
        {
            backends.Second.Received.Clear();
            backends.Second.Answer = stream
                ? static context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream("From the second."))
                : static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("From the second."));

            var answer = await backends.Gateway.SendAsync(TheGateway.Ask("hello", stream), key);

            Assert.Equal(isAnswered, answer.Status == HttpStatusCode.OK);
            Assert.Equal(isAnswered ? 1 : 0, backends.Second.Received.Count);
        }
    }

    private static async Task<string> KeyAsync(TheGateway gateway, string members)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/access/keys") { Content = TheGateway.Json($$"""{"name":"narrow","days":3{{members}}}""") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.TokenOf(new DevelopmentToken("registered") { Subject = "falls-back" }));
        using var response = await gateway.Client.SendAsync(request);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("key").GetString()!;
    }
}
