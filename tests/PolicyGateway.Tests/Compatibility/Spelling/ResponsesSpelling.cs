using System.Text.Json;
using System.Text.Json.Nodes;

namespace PolicyGateway.Tests.Compatibility.Spelling;

/// <summary>OpenAI's responses: typed events, which say everything as it grows and once more when it is whole.</summary>
internal sealed class ResponsesSpelling : IAnswerSpelling
{
    public string MediaType => "text/event-stream";

    public Spelled Stream(Said said)
    {
        var script = new Script();
        script.Add("response.created", new { response = Response("in_progress", []) });
        if (said.Reasoning.Length > 0)
        {
            Reason(script, said.Reasoning);
        }

        var (item, text) = (new { item_id = "msg_1", output_index = script.Items.Count, content_index = 0 }, said.Texts.First());
        script.Add("response.output_item.added", new { item.output_index, item = Message("in_progress") });
        script.Add("response.content_part.added", new { item.item_id, item.output_index, item.content_index, part = Part("") });
        foreach (var piece in said.Choices[0])
        {
            script.Add("response.output_text.delta", new { item.item_id, item.output_index, item.content_index, delta = piece, logprobs = Array.Empty<object>() });
        }

        var spoken = script.Take();
        script.Add("response.output_text.done", new { item.item_id, item.output_index, item.content_index, text, logprobs = Array.Empty<object>() });
        script.Add("response.content_part.done", new { item.item_id, item.output_index, item.content_index, part = Part(text) });
        script.Done(item.output_index, Message("completed", Part(text)));
        if (said.CallsTool)
        {
            Call(script);
        }

        script.Add("response.completed", new { response = Response("completed", script.Items) });
        return new Spelled(spoken, script.Take());
    }

    public object Whole(Said said) => Response("completed", [Message("completed", Part(said.Texts.First()))]);

    private static void Reason(Script script, string reasoning)
    {
        object part = new { type = "summary_text", text = reasoning };
        script.Add("response.output_item.added", new { output_index = 0, item = new { id = "rs_1", type = "reasoning", summary = Array.Empty<object>() } });
        script.Add("response.reasoning_summary_part.added", new { item_id = "rs_1", output_index = 0, summary_index = 0, part = new { type = "summary_text", text = "" } });
        script.Add("response.reasoning_summary_text.delta", new { item_id = "rs_1", output_index = 0, summary_index = 0, delta = reasoning });
        script.Add("response.reasoning_summary_text.done", new { item_id = "rs_1", output_index = 0, summary_index = 0, text = reasoning });
        script.Add("response.reasoning_summary_part.done", new { item_id = "rs_1", output_index = 0, summary_index = 0, part });
        script.Done(0, new { id = "rs_1", type = "reasoning", summary = new[] { part } });
    }

    private static void Call(Script script)
    {
        var at = script.Items.Count;
        script.Add("response.output_item.added", new { output_index = at, item = FunctionCall("in_progress", "") });
        foreach (var piece in Said.Arguments.Chunk(8))
        {
            script.Add("response.function_call_arguments.delta", new { item_id = "fc_1", output_index = at, delta = new string(piece) });
        }

        script.Add("response.function_call_arguments.done", new { item_id = "fc_1", output_index = at, name = Said.Tool, arguments = Said.Arguments });
        script.Done(at, FunctionCall("completed", Said.Arguments));
    }

    private static object FunctionCall(string status, string arguments) =>
        new { id = "fc_1", type = "function_call", status, name = Said.Tool, call_id = "call_1", arguments };

    private static object Message(string status, params object[] content) => new { id = "msg_1", type = "message", status, role = "assistant", content };

    private static object Part(string text) => new { type = "output_text", annotations = Array.Empty<object>(), logprobs = Array.Empty<object>(), text };

    private static object Response(string status, IEnumerable<object> output) => new
    {
        id = "resp_1",
        @object = "response",
        created_at = 1,
        status,
        error = (object?)null,
        incomplete_details = (object?)null,
        instructions = (string?)null,
        model = "m",
        output,
        parallel_tool_calls = true,
        previous_response_id = (string?)null,
        store = false,
        temperature = 1,
        text = new { format = new { type = "text" } },
        tool_choice = "auto",
        tools = Array.Empty<object>(),
        top_p = 1,
        usage = status == "completed"
            ? new { input_tokens = 3, input_tokens_details = new { cached_tokens = 0 }, output_tokens = 5, output_tokens_details = new { reasoning_tokens = 0 }, total_tokens = 8 }
            : null,
        metadata = new { },
    };

    /// <summary>Events with their numbers, and the items that are whole.</summary>
    private sealed class Script
    {
        private readonly List<string> _events = [];
        private int _number;

        public List<object> Items { get; } = [];

        public void Add(string type, object members)
        {
            var json = JsonSerializer.SerializeToNode(members)!.AsObject();
            json.Insert(0, "type", JsonValue.Create(type));
            json.Insert(1, "sequence_number", JsonValue.Create(_number++));
            _events.Add(Frames.NamedEvent(type, json));
        }

        public void Done(int index, object item)
        {
            Items.Add(item);
            Add("response.output_item.done", new { output_index = index, item });
        }

        public string[] Take()
        {
            string[] taken = [.. _events];
            _events.Clear();
            return taken;
        }
    }
}
