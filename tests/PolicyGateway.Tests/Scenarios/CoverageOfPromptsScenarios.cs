using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in what they read of a request, one test for each.</summary>
public sealed class CoverageOfPromptsScenarios(RecordedGateway gateway) : IClassFixture<RecordedGateway>
{
    private const string Dirty = "first " + KeywordClassifier.Cyber + " second";

    public static TheoryData<string> Prompts => Wire.Prompts;

    public static TheoryData<string> Answers => Wire.Answers;

    public static TheoryData<string> Wholes => Wire.Wholes;

    /// <summary>Where the model reads more than the user's words: tools, their results, earlier reasoning, text in parts.</summary>
    public static TheoryData<string, string> Places => new()
    {
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"marker-"},{"type":"text","text":"cyber"}]}]}""" },
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":"a"},{"role":"tool","tool_call_id":"1","content":"marker-cyber"}]}""" },
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":\"marker-cyber\"}"}}]}]}""" },
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"a","reasoning_content":"marker-cyber"}]}""" },
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","description":"marker-cyber"}}]}""" },
        { "azure.chat", """{"messages":[{"role":"user","content":"a"},{"role":"tool","tool_call_id":"1","content":"marker-cyber"}]}""" },
        { "openai.completions", """{"model":"m","prompt":["marker-cyber","a"]}""" },
        { "openai.completions", """{"model":"m","prompt":"a","suffix":"marker-cyber"}""" },
        { "openai.responses", """{"model":"m","input":"a","instructions":"marker-cyber"}""" },
        { "openai.responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"marker-"},{"type":"input_text","text":"cyber"}]}]}""" },
        { "openai.responses", """{"model":"m","input":[{"type":"function_call_output","call_id":"1","output":"marker-cyber"}]}""" },
        { "openai.responses", """{"model":"m","input":[{"type":"function_call","call_id":"1","name":"f","arguments":"marker-cyber"},{"role":"user","content":"a"}]}""" },
        { "openai.responses", """{"model":"m","input":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"marker-cyber"}]},{"role":"user","content":"a"}]}""" },
        { "anthropic.messages", """{"model":"m","max_tokens":9,"system":[{"type":"text","text":"marker-cyber"}],"messages":[{"role":"user","content":"a"}]}""" },
        { "anthropic.messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"marker-"},{"type":"text","text":"cyber"}]}]}""" },
        { "anthropic.messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"marker-cyber"}]}]}]}""" },
        { "anthropic.messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"marker-cyber":1}}]}]}""" },
        { "anthropic.count_tokens", """{"model":"m","system":"marker-cyber","messages":[{"role":"user","content":"a"}]}""" },
        { "gemini.generate_content", """{"systemInstruction":{"parts":[{"text":"marker-cyber"}]},"contents":[{"parts":[{"text":"a"}]}]}""" },
        { "gemini.generate_content", """{"contents":[{"role":"user","parts":[{"text":"marker-"},{"text":"cyber"}]}]}""" },
        { "gemini.generate_content", """{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":"marker-cyber"}}}]}]}""" },
        { "gemini.generate_content", """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"marker-cyber"}}}]},{"parts":[{"text":"a"}]}]}""" },
        { "ollama.chat", """{"model":"m","stream":false,"messages":[{"role":"user","content":"a"},{"role":"tool","content":"marker-cyber"}]}""" },
        { "ollama.chat", """{"model":"m","stream":false,"messages":[{"role":"user","content":"a"}],"format":{"description":"marker-cyber"}}""" },
        { "ollama.generate", """{"model":"m","stream":false,"prompt":"a","system":"marker-cyber"}""" },
        { "openai.rerank", """{"model":"m","query":"marker-cyber","documents":["a"]}""" },
        { "openai.embeddings", """{"model":"m","input":["a","marker-cyber"]}""" },
        { "ollama.embed", """{"model":"m","input":["a","marker-cyber"]}""" },
    };

    /// <summary>What is read later, or was stored before, would go round the guard.</summary>
    public static TheoryData<string, string> References => new()
    {
        { "openai.responses", "\"background\":true" },
        { "openai.responses", "\"store\":true" },
        { "openai.responses", "\"previous_response_id\":\"resp_1\"" },
        { "openai.responses", "\"conversation\":\"conv_1\"" },
        { "openai.responses", "\"prompt\":{\"id\":\"pmpt_1\"}" },
        { "openai.chat", "\"store\":true" },
        { "azure.chat", "\"store\":true" },
        { "azure.chat", "\"data_sources\":[{\"type\":\"azure_search\"}]" },
        { "gemini.generate_content", "\"cachedContent\":\"cachedContents/1\"" },
        { "gemini.generate_content", "\"store\":true" },
    };

    public static TheoryData<string, string> Images => new()
    {
        { "openai.chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]}""" },
        { "openai.responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]}]}""" },
        { "anthropic.messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]}]}""" },
        { "gemini.generate_content", """{"contents":[{"parts":[{"text":"a"},{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}]}""" },
        { "ollama.chat", """{"model":"m","stream":false,"messages":[{"role":"user","content":"a","images":["AA=="]}]}""" },
        { "ollama.generate", """{"model":"m","stream":false,"prompt":"a","images":["AA=="]}""" },
        { "openai.completions", """{"model":"m","prompt":[1,2,3]}""" },
        { "openai.embeddings", """{"model":"m","input":[[1,2,3]]}""" },
    };

    [Fact]
    public void No_path_of_the_table_is_missing_here()
    {
        var routes = new DialectTable().Routes.Select(route => route.Path).ToHashSet();
        var asked = Wire.Every.Select(wire => wire.Path.Split('?')[0].Replace("/m:", "/{model}:", StringComparison.Ordinal).Replace("/m/", "/{model}/", StringComparison.Ordinal));

        Assert.Equal([], routes.Except(asked));
    }

    [Fact]
    public void No_endpoint_leads_to_a_backend_beside_the_table()
    {
        var proxied = gateway.The.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RouteModel>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText).Order().ToArray();

        Assert.Equal(new DialectTable().Routes.Select(route => route.Path).Order(), proxied);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task No_path_lacks_the_guard_that_another_has(string name)
    {
        await gateway.AssertRefusedAsync(Wire.Of(name), Wire.Of(name).Body(Dirty));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Nothing_that_the_model_reads_beside_the_users_words_is_unread(string name, string asked)
    {
        await gateway.AssertRefusedAsync(Wire.Of(name), asked);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_member_that_only_the_backend_knows_is_read_too(string name)
    {
        await gateway.AssertRefusedAsync(Wire.Of(name), Wire.Of(name).Body("hello", $$"""
            "content_blocks":[{"deep":{"text":"{{Dirty}}"} }]
            """));
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task The_end_of_a_long_prompt_is_judged_as_its_beginning_is(string name)
    {
        await gateway.AssertRefusedAsync(Wire.Of(name), Wire.Of(name).Body(string.Concat(Enumerable.Repeat("harmless words ", 40_000)) + Dirty));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nothing_to_scan_is_not_nothing_to_decide(string name)
    {
        gateway.The.Reset();
        gateway.The.Classifier.Unknown = UnknownReason.TooLong;

        var answer = await gateway.SendAsync(Wire.Of(name), Wire.Of(name).Body(""), gateway.The.Professional);

        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, answer.Everything);
        Assert.Empty(gateway.Backend.Received);
        Assert.Equal("classification_unavailable", (await gateway.RecordOfAsync(answer)).Reason);
    }

    [Theory]
    [MemberData(nameof(References))]
    public async Task Nothing_is_stored_to_be_delivered_unread_later(string name, string member)
    {
        gateway.The.Reset();

        var answer = await gateway.SendAsync(Wire.Of(name), Wire.Of(name).Body("hello", member), gateway.The.Professional);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Everything);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("/v1/responses/resp_1")]
    [InlineData("/v1/batches")]
    [InlineData("/v1/files")]
    [InlineData("/v1/messages/batches")]
    [InlineData("/v1/messages/batches/b/results")]
    [InlineData("/v1beta/models/m:batchGenerateContent")]
    [InlineData("/v1beta/cachedContents")]
    [InlineData("/openai/deployments/m/batches")]
    [InlineData("/openai/responses/resp_1")]
    [InlineData("/api/pull")]
    [InlineData("/api/create")]
    [InlineData("/api/blobs/x")]
    [InlineData("/anthropic/v1/messages")]
    [InlineData("/openai_passthrough/v1/chat/completions")]
    [InlineData("/vertex_ai/v1/models")]
    [InlineData("/proxy/v1/chat/completions")]
    [InlineData("/c/v1/chat/completions")]
    public async Task No_path_passes_through_beside_the_guard(string path)
    {
        gateway.The.Reset();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete })
        {
            var answer = await gateway.The.SendAsync(TheGateway.Ask("hello"), gateway.The.Professional, request => (request.RequestUri, request.Method) = (new Uri(path, UriKind.Relative), method));

            Assert.True(answer.Status == HttpStatusCode.NotFound, $"{method} {path}: {answer.Everything}");
        }

        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public async Task What_nobody_can_classify_is_not_dropped_from_what_is_judged(string name, string asked)
    {
        await using var strict = new TheGateway();
        strict.PolicyText = strict.PolicyText.Replace("\"anonymous\"", "\"unclassified_input\": \"refuse\", \"anonymous\"", StringComparison.Ordinal);
        await strict.InitializeAsync();

        var answer = await strict.SendAsync(TheGateway.Json(asked), null, request => request.RequestUri = new Uri(Wire.Of(name).Path, UriKind.Relative));

        Assert.True(answer.Status == HttpStatusCode.Forbidden, answer.Everything);
        Assert.Contains("unclassified_input", answer.Text, StringComparison.Ordinal);
        Assert.Empty(strict.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Wholes))]
    public async Task A_refusal_quotes_nothing_of_what_it_refuses(string name)
    {
        gateway.The.Reset();
        var (wire, texts) = (Wire.Of(name), new List<string>());
        foreach (var prompt in new[] { "orchid " + Dirty, Dirty + " walrus and more of it", Dirty + KeywordClassifier.DoubtfulCyber })
        {
            var answer = await gateway.SendAsync(wire, wire.Body(prompt), gateway.The.Token("registered"));

            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            texts.Add(answer.Text.Replace(answer.Headers["x-request-id"], "", StringComparison.Ordinal));
        }

        Assert.Single(texts.Distinct());
        Assert.DoesNotContain("0.9", texts[0], StringComparison.Ordinal);
        foreach (var quoted in new[] { "orchid", "walrus", "marker" })
        {
            Assert.DoesNotContain(quoted, texts[0], StringComparison.Ordinal);
            await gateway.AssertNowhereAsync(quoted);
        }
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_body_that_two_readers_read_in_two_ways_is_refused(string name)
    {
        var wire = Wire.Of(name);
        var (clean, dirty) = (wire.Body("hello"), wire.Body(Dirty));
        byte[][] bodies =
        [
            // A key twice, in either order; an array of requests; bytes that are no text; what follows the end.
            Encoding.UTF8.GetBytes(clean[..^1] + "," + dirty[1..]),
            Encoding.UTF8.GetBytes(dirty[..^1] + "," + clean[1..]),
            Encoding.UTF8.GetBytes($"[{clean},{dirty}]"),
            Encoding.UTF8.GetBytes(clean + dirty),
            [.. Encoding.UTF8.GetBytes(clean[..^2]), 0xC3, 0x28, .. Encoding.UTF8.GetBytes(clean[^2..])],
            [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(clean)],
        ];
        gateway.The.Reset();
        foreach (var body in bodies)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

            var answer = await gateway.The.SendAsync(content, gateway.The.Professional, request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

            Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{Encoding.UTF8.GetString(body)}: {answer.Everything}");
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(answer.Body).RootElement.ValueKind);
        }

        Assert.Empty(gateway.Backend.Received);
    }
}
