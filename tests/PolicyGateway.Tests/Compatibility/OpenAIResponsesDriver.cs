#pragma warning disable OPENAI001 // Responses are experimental in this SDK; they are what this tries out.
using System.ClientModel;
using OpenAI.Responses;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>Responses of OpenAI's SDK for .NET.</summary>
internal sealed class OpenAIResponsesDriver() : OpenAIDriver("openai-dotnet responses")
{
    protected override async Task AskAsync(Ask ask)
    {
        var client = new ResponsesClient(new ApiKeyCredential(ask.Call.Token), new ResponsesClientOptions { Endpoint = EndpointOf(ask), Transport = TransportOf(ask) });
        var options = new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem(ask.Prompt)]) { StoredOutputEnabled = false };
        if (ask.Call.Name == "json")
        {
            options.TextOptions = new ResponseTextOptions { TextFormat = ResponseTextFormat.CreateJsonObjectFormat() };
            ResponseResult whole = await client.CreateResponseAsync(options);
            ask.Text(whole.GetOutputText());
            See(ask.Seen, whole);
            return;
        }

        if (ask.Call.Name == "tools")
        {
            options.Tools.Add(ResponseTool.CreateFunctionTool(Said.Tool, Parameters, strictModeEnabled: false));
        }

        options.StreamingEnabled = true;
        await foreach (var update in await client.CreateResponseStreamingAsync(options, ask.Cancelled))
        {
            switch (update)
            {
                case StreamingResponseOutputTextDeltaUpdate text:
                    ask.Text(text.Delta);
                    break;
                case StreamingResponseReasoningSummaryTextDeltaUpdate reasoning:
                    ask.Seen.Reasoning += reasoning.Delta;
                    break;
                case StreamingResponseRefusalDeltaUpdate refusal:
                    ask.Seen.Refusal += refusal.Delta;
                    break;
                case StreamingResponseErrorUpdate error:
                    ask.Seen.Ended = "error update";
                    ask.Seen.Error = new SeenError { Name = nameof(StreamingResponseErrorUpdate), Code = error.Code, Message = error.Message };
                    break;
                case StreamingResponseCompletedUpdate completed:
                    See(ask.Seen, completed.Response);
                    break;
                case StreamingResponseIncompleteUpdate incomplete:
                    See(ask.Seen, incomplete.Response);
                    break;
            }
        }
    }

    private static void See(Seen seen, ResponseResult response)
    {
        seen.Opens = response.Metadata.TryGetValue("required_credentials", out var credentials) && credentials == Scenario.Credential;
        seen.Finish.Add(response.IncompleteStatusDetails?.Reason?.ToString() ?? response.Status?.ToString());
        foreach (var call in response.OutputItems.OfType<FunctionCallResponseItem>())
        {
            seen.Tools.Add($"{call.FunctionName}({call.FunctionArguments})");
        }
    }
}
