using System.Text.Json;
using System.Text.RegularExpressions;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>Anthropic's SDK for .NET.</summary>
internal sealed partial class AnthropicDriver() : DotnetDriver("anthropic-dotnet messages")
{
    private static readonly Dictionary<string, JsonElement> City = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>("""{"city":{"type":"string"}}""")!;

    private static readonly Dictionary<string, JsonElement> Schema = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
        """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""")!;

    protected override async Task AskAsync(Ask ask)
    {
        using var client = new AnthropicClient { ApiKey = ask.Call.Token, BaseUrl = ask.Call.Url, HttpClient = ask.Http };
        var request = new MessageCreateParams { Model = "m", MaxTokens = 2048, Messages = [new UserMessageParam(ask.Prompt)] };
        if (ask.Call.Name == "json")
        {
            var message = await client.Messages.Create(request with { OutputConfig = new OutputConfig { Format = new JsonOutputFormat { Schema = Schema } } });
            ask.Text(string.Concat(message.Content.Select(static block => block.TryPickText(out var text) ? text.Text : "")));
            ask.Seen.Finish.Add(message.StopReason?.Raw());
            return;
        }

        request = ask.Call.Name switch
        {
            "tools" => request with { Tools = [new Tool { Name = Said.Tool, InputSchema = new InputSchema { Properties = City } }] },
            "reasoning" => request with { Thinking = new ThinkingConfigEnabled(1024) },
            _ => request,
        };
        var (name, input) = ("", "");
        await foreach (var update in client.Messages.CreateStreaming(request, ask.Cancelled))
        {
            if (update.TryPickContentBlockStart(out var start) && start.ContentBlock.TryPickToolUse(out var tool))
            {
                name = tool.Name;
            }
            else if (update.TryPickContentBlockDelta(out var piece))
            {
                ask.Text(piece.Delta.TryPickText(out var text) ? text.Text : "");
                ask.Seen.Reasoning += piece.Delta.TryPickThinking(out var thinking) ? thinking.Thinking : "";
                input += piece.Delta.TryPickInputJson(out var json) ? json.PartialJson : "";
            }
            else if (update.TryPickDelta(out var end))
            {
                ask.Seen.Finish.Add(end.Delta.StopReason?.Raw());
                ask.Seen.Refusal += end.Delta.StopDetails?.Explanation;
                ask.Seen.Opens = end.Delta.StopDetails?.RawData.TryGetValue("required_credentials", out var credentials) == true && credentials[0].GetString() == Scenario.Credential;
            }
        }

        if (name.Length > 0)
        {
            ask.Seen.Tools.Add($"{name}({input})");
        }
    }

    protected override SeenError Describe(Exception exception)
    {
        var (status, body) = exception switch
        {
            AnthropicApiException api => ((int?)api.StatusCode, api.ResponseBody),
            AnthropicServiceException service => (null, service.Body.ValueKind == JsonValueKind.Undefined ? "" : service.Body.GetRawText()),
            _ => (null, ""),
        };
        var code = Code().Match($"{body} {exception.Message}").Groups["code"].Value;
        return new SeenError { Name = exception.GetType().Name, Status = status, Code = code.Length > 0 ? code : null, Opens = body.Contains(Scenario.Credential, StringComparison.Ordinal), Message = $"{exception.Message} {body}" };
    }

    [GeneratedRegex("\"code\":\\s*\"(?<code>[a-z_]+)\"")]
    private static partial Regex Code();
}
