using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>Every field of a response, and of each event of one that is streamed.</summary>
internal static class ResponsesAnswerFields
{
    /// <summary>A whole answer.</summary>
    public static readonly FieldMap Whole = FieldMap.Parse(Response("output", "text") + "\noutput required");

    /// <summary>The events that carry the response as far as it has come; the first and the last of every stream are such.</summary>
    private static readonly FieldMap Snapshot = Event(Response("response.output", "copy") + "\nresponse required\nresponse.output[] group");

    /// <summary>A map for each type of event.</summary>
    public static readonly IReadOnlyDictionary<string, FieldMap> Events = new Dictionary<string, FieldMap>
    {
        ["response.created"] = Snapshot,
        ["response.queued"] = Snapshot,
        ["response.in_progress"] = Snapshot,
        ["response.completed"] = Snapshot,
        ["response.incomplete"] = Snapshot,
        ["response.failed"] = Snapshot,
        ["error"] = Event("code id\nmessage text\nparam id\nerror any\nstatus number\nheaders any"),
        ["response.output_item.added"] = OfItem(ResponsesItemFields.Table("item", "text", "text")),
        ["response.output_item.done"] = OfItem(ResponsesItemFields.Table("item", "copy", "text")),
        ["response.content_part.added"] = OfPart(ResponsesItemFields.Part("part", "text")),
        ["response.content_part.done"] = OfPart(ResponsesItemFields.Part("part", "copy")),
        ["response.output_text.delta"] = OfPart("delta text\n" + ResponsesItemFields.Logprobs("")),
        ["response.output_text.done"] = OfPart("text copy\n" + ResponsesItemFields.Logprobs("")),
        ["response.output_text.annotation.added"] = OfPart("annotation_index number\nannotation any"),
        ["response.refusal.delta"] = OfPart("delta text"),
        ["response.refusal.done"] = OfPart("refusal copy"),
        ["response.reasoning_text.delta"] = OfPart("delta text"),
        ["response.reasoning_text.done"] = OfPart("text copy"),
        ["response.reasoning_summary_part.added"] = OfSummary(ResponsesItemFields.Part("part", "text")),
        ["response.reasoning_summary_part.done"] = OfSummary(ResponsesItemFields.Part("part", "copy") + "\nstatus one of incomplete|completed"),
        ["response.reasoning_summary_text.delta"] = OfSummary("delta text"),
        ["response.reasoning_summary_text.done"] = OfSummary("text copy"),
        ["response.function_call_arguments.delta"] = OfItem("delta text"),
        ["response.function_call_arguments.done"] = OfItem("arguments copy\nname copy"),
        ["response.custom_tool_call_input.delta"] = OfItem("delta text"),
        ["response.custom_tool_call_input.done"] = OfItem("input copy"),
        ["response.mcp_call_arguments.delta"] = OfItem("delta text"),
        ["response.mcp_call_arguments.done"] = OfItem("arguments copy"),
        ["response.mcp_call.in_progress"] = OfItem(""),
        ["response.mcp_call.completed"] = OfItem(""),
        ["response.mcp_call.failed"] = OfItem("error any"),
        ["response.mcp_list_tools.in_progress"] = OfItem(""),
        ["response.mcp_list_tools.completed"] = OfItem(""),
        ["response.mcp_list_tools.failed"] = OfItem("error any"),
        ["response.file_search_call.in_progress"] = OfItem(""),
        ["response.file_search_call.searching"] = OfItem(""),
        ["response.file_search_call.completed"] = OfItem(""),
        ["response.web_search_call.in_progress"] = OfItem(""),
        ["response.web_search_call.searching"] = OfItem(""),
        ["response.web_search_call.completed"] = OfItem(""),
        ["response.code_interpreter_call.in_progress"] = OfItem(""),
        ["response.code_interpreter_call.interpreting"] = OfItem(""),
        ["response.code_interpreter_call.completed"] = OfItem(""),
        ["response.code_interpreter_call_code.delta"] = OfItem("delta text"),
        ["response.code_interpreter_call_code.done"] = OfItem("code copy"),
        ["response.image_generation_call.in_progress"] = OfItem(""),
        ["response.image_generation_call.generating"] = OfItem(""),
        ["response.image_generation_call.completed"] = OfItem(""),
        ["response.image_generation_call.partial_image"] = OfItem(
            "partial_image_b64 binary\npartial_image_index number\nbackground id\noutput_format id\nquality id\nsize id"),
        ["response.audio.delta"] = Event("delta binary"),
        ["response.audio.done"] = Event(""),
        ["response.audio.transcript.delta"] = Event("delta text"),
        ["response.audio.transcript.done"] = Event("transcript copy"),
    };

    private static FieldMap OfPart(string table) => OfItem("content_index index\n" + table);

    private static FieldMap OfSummary(string table) => OfItem("summary_index index\n" + table);

    private static FieldMap OfItem(string table) => Event("output_index index group\nitem_id random\n" + table);

    private static FieldMap Event(string table) => FieldMap.Parse(table + "\ntype id\nsequence_number number\nobfuscation random");

    /// <summary>A response. The request's own instructions and tools stand in it once more, and are read like the rest.</summary>
    private static string Response(string output, string streamed)
    {
        var at = output[..^"output".Length];
        return $$"""
            {{at}}id                            id
            {{at}}object                        id
            {{at}}created_at                    number
            {{at}}completed_at                  number
            {{at}}status                        one of completed|failed|in_progress|cancelled|queued|incomplete
            {{at}}model                         id
            {{at}}error                         any
            {{at}}incomplete_details.reason     one of max_output_tokens|content_filter
            {{at}}instructions                  any
            {{at}}output_text                   copy
            {{at}}usage                         any
            {{at}}background                    number
            {{at}}billing                       any
            {{at}}content_filters               any
            {{at}}conversation                  any
            {{at}}frequency_penalty             number
            {{at}}kv_transfer_params            any
            {{at}}max_output_tokens             number
            {{at}}max_tool_calls                number
            {{at}}metadata                      any
            {{at}}moderation                    any
            {{at}}parallel_tool_calls           number
            {{at}}presence_penalty              number
            {{at}}previous_response_id          id
            {{at}}prompt                        any
            {{at}}prompt_cache_key              id
            {{at}}prompt_cache_options          any
            {{at}}prompt_cache_retention        id
            {{at}}reasoning                     any
            {{at}}safety_identifier             id
            {{at}}service_tier                  id
            {{at}}store                         number
            {{at}}temperature                   number
            {{at}}text                          any
            {{at}}tool_choice                   any
            {{at}}tools                         any
            {{at}}top_logprobs                  number
            {{at}}top_p                         number
            {{at}}truncation                    id
            {{at}}user                          id
            {{output}}[]                        group
            {{ResponsesItemFields.Table(output + "[]", streamed, streamed)}}
            """;
    }
}
