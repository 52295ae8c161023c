using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.RegularExpressions;
using OpenAI;
using OpenAI.Chat;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>OpenAI's SDK for .NET: what its clients for several protocols share.</summary>
internal abstract partial class OpenAIDriver(string client) : DotnetDriver(client)
{
    protected static readonly BinaryData Parameters = BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}""");

    protected override SeenError Describe(Exception exception)
    {
        var refused = exception as ClientResultException;
        var body = refused?.GetRawResponse()?.Content.ToString() ?? "";
        var code = Code().Match(body).Groups["code"].Value;
        return new SeenError
        {
            Name = exception.GetType().Name,
            Status = refused?.Status,
            Code = code.Length > 0 ? code : null,
            Opens = body.Contains(Scenario.Credential, StringComparison.Ordinal),
            Message = exception.Message,
        };
    }

    protected static Uri EndpointOf(Ask ask) => new(ask.Call.Url + "v1");

    protected static PipelineTransport TransportOf(Ask ask) => new HttpClientPipelineTransport(ask.Http);

    [GeneratedRegex("\"code\":\"(?<code>[a-z_]+)\"")]
    private static partial Regex Code();
}

/// <summary>Chat completions.</summary>
internal sealed class OpenAIChatDriver() : OpenAIDriver("openai-dotnet chat")
{
    protected override async Task AskAsync(Ask ask)
    {
        var client = new ChatClient("m", new ApiKeyCredential(ask.Call.Token), new OpenAIClientOptions { Endpoint = EndpointOf(ask), Transport = TransportOf(ask) });
        var options = new ChatCompletionOptions();
        if (ask.Call.Name == "json")
        {
            options.ResponseFormat = ChatResponseFormat.CreateJsonObjectFormat();
            ChatCompletion whole = await client.CompleteChatAsync([ChatMessage.CreateUserMessage(ask.Prompt)], options);
            ask.Text(whole.Content[0].Text);
            ask.Seen.Finish.Add(whole.FinishReason.ToString());
            return;
        }

        if (ask.Call.Name == "tools")
        {
            options.Tools.Add(ChatTool.CreateFunctionTool(Said.Tool, null, Parameters));
        }

        var (name, arguments) = ("", "");
        await foreach (var update in client.CompleteChatStreamingAsync([ChatMessage.CreateUserMessage(ask.Prompt)], options, ask.Cancelled))
        {
            ask.Text(string.Concat(update.ContentUpdate.Select(static part => part.Text)));
            ask.Seen.Refusal += update.RefusalUpdate;
            ask.Seen.Opens |= ModelReaderWriter.Write(update).ToString().Contains(Scenario.Credential, StringComparison.Ordinal);
            foreach (var call in update.ToolCallUpdates)
            {
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate;
            }

            if (update.FinishReason is { } reason)
            {
                ask.Seen.Finish.Add(reason.ToString());
            }
        }

        if (name.Length > 0)
        {
            ask.Seen.Tools.Add($"{name}({arguments})");
        }
    }
}
