using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>Every field of Anthropic's messages, as its own service and the servers that speak its protocol send them.</summary>
internal static class MessagesFields
{
    /// <summary>A request for a message, and for the count of its tokens.</summary>
    public static readonly FieldMap Request = FieldMap.Parse(string.Join('\n', """
        model                       id required
        messages                    required
        messages[]                  group
        messages[].role             one of user|assistant|system required
        messages[].content          text
        messages[].clear_at         id
        messages[].output_config    any
        """, BlockFields.At("messages[].content[]"), """
        messages[].content[].tool_changes  refused Tools that are brought in by a message are not read here: leave 'tool_changes' out.
        system                      text
        system[].type               one of text required
        system[].text               text
        system[].citations          any
        system[].cache_control.type id
        system[].cache_control.ttl  id
        stream                      number
        max_tokens                  number
        temperature                 number
        top_k                       number
        top_p                       number
        stop_sequences              any
        tools                       any
        tool_choice.type            id
        tool_choice.name            text
        tool_choice.disable_parallel_tool_use  number
        thinking.type               id
        thinking.budget_tokens      number
        thinking.display            id
        thinking.block_binding      any
        output_config.effort        id
        output_config.format        any
        output_config.task_budget   any
        output_format               any
        context_management          any
        compaction                  any
        cache_control.type          id
        cache_control.ttl           id
        metadata.user_id            id
        user_profile_id             id
        workspace_id                id
        billing_policy              any
        diagnostics                 any
        fallback_credit_token       any
        inference_geo               id
        service_tier                id
        speed                       id
        container                   refused A container keeps files between requests, where they are not judged: leave 'container' out.
        thread                      refused The backend would keep the conversation, and what it keeps is not judged: send it in 'messages' and leave 'thread' out.
        mcp_servers                 refused The backend would send text to these servers and read theirs before either is judged: leave 'mcp_servers' out.
        fallbacks                   refused The backend would ask models that may not be open to you: leave 'fallbacks' out.
        """));

    private const string Stop = """
        @.stop_reason               one of end_turn|max_tokens|stop_sequence|tool_use|pause_turn|refusal|model_context_window_exceeded
        @.stop_sequence             id
        @.stop_details.type         id
        @.stop_details.category     id
        @.stop_details.explanation  text
        @.stop_details.recommended_model           id
        @.stop_details.fallback_credit_token       opaque
        @.stop_details.fallback_has_prefill_claim  number
        @.container.id              id
        @.container.expires_at      id
        @.container.skills          any
        """;

    private static readonly string Message = string.Join('\n', """
        @.id                        id
        @.type                      one of message
        @.role                      id
        @.model                     id
        @.content                   required
        @.usage                     any
        @.context_management        any
        @.diagnostics               any
        @.input_transformations     any
        """, Stop, Answered(BlockFields.At("@.content[]")));

    /// <summary>A whole answer.</summary>
    public static readonly AnswerMap Answer = new(FieldMap.Parse(Message.Replace("@.", "", StringComparison.Ordinal)));

    /// <summary>The frames of a stream.</summary>
    public static readonly AnswerMap Frames = new("type", new Dictionary<string, FieldMap>
    {
        ["message_start"] = Frame("message  required", Message.Replace("@", "message", StringComparison.Ordinal)),
        ["content_block_start"] = Frame("index  index group", "content_block  required", Answered(BlockFields.At("content_block"))),
        ["content_block_delta"] = Frame("index  index group", """
            delta                       required
            delta.type                  one of text_delta|input_json_delta|thinking_delta|signature_delta|citations_delta|compaction_delta type
            delta.text                  text
            delta.partial_json          text
            delta.thinking              text
            delta.estimated_tokens      number
            delta.signature             opaque
            delta.content               text
            delta.encrypted_content     opaque
            """, BlockFields.CitationAt("delta.citation")),
        ["content_block_stop"] = Frame("index  index group"),
        ["message_delta"] = Frame("""
            delta                       required
            usage                       any
            context_management          any
            input_transformations       any
            """, Stop.Replace("@", "delta", StringComparison.Ordinal)),
        ["message_stop"] = Frame(),
        ["ping"] = Frame(),
        ["error"] = Frame("""
            error.type                  id
            error.message               text
            error.details               any
            request_id                  id
            """),
    });

    /// <summary>The count of a request's tokens.</summary>
    public static readonly AnswerMap Count = new(FieldMap.Parse("""
        input_tokens                number required
        context_management          any
        """));

    private static FieldMap Frame(params string[] lines) => FieldMap.Parse(string.Join('\n', ["type  id", .. lines]));

    /// <summary>A backend may leave out what a client must send.</summary>
    private static string Answered(string lines) => lines.Replace(" required", "", StringComparison.Ordinal);
}
