namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>
/// The fields of an output item, a table for each place where one stands. What arrives in pieces stands there up to three
/// times more (closed, in its item, in the whole), and is a copy each time but the first.
/// </summary>
internal static class ResponsesItemFields
{
    /// <summary>Kinds of content of which a part is made.</summary>
    public const string PartTypes = "one of output_text|refusal|reasoning_text|summary_text|text|output_audio!";

    private const string ItemTypes =
        "one of message|reasoning|function_call|function_call_output|custom_tool_call|custom_tool_call_output|file_search_call|web_search_call|code_interpreter_call"
        + "|computer_call|computer_call_output!|image_generation_call!|local_shell_call|local_shell_call_output|shell_call|shell_call_output|apply_patch_call"
        + "|apply_patch_call_output|mcp_list_tools|mcp_approval_request|mcp_approval_response|mcp_call|tool_search_call|tool_search_output|additional_tools|program|program_output|compaction";

    /// <param name="at">Where the item stands.</param>
    /// <param name="streamed">What is that which arrives in pieces: <c>text</c> the first time, else <c>copy</c>.</param>
    /// <param name="whole">What is that which arrives with its item.</param>
    public static string Table(string at, string streamed, string whole) => $$"""
        {{at}}.type                             {{ItemTypes}}
        {{at}}.id                               random
        {{at}}.call_id                          random
        {{at}}.approval_request_id              random
        {{at}}.status                           one of in_progress|completed|incomplete|searching|interpreting|calling|generating|failed|queued
        {{at}}.role                             one of assistant|user|system|developer|tool
        {{at}}.phase                            one of commentary|final_answer
        {{at}}.content                          {{streamed}}
        {{Part($"{at}.content[]", streamed)}}
        {{at}}.summary[].type                   {{PartTypes}} type
        {{at}}.summary[].text                   {{streamed}}
        {{at}}.encrypted_content                opaque
        {{at}}.name                             {{streamed}}
        {{at}}.namespace                        {{streamed}}
        {{at}}.arguments                        {{streamed}}
        {{at}}.input                            {{streamed}}
        {{at}}.code                             {{streamed}}
        {{at}}.output                           {{whole}}
        {{at}}.output[].type                    one of input_text|output_text|text|input_image!|input_file!|input_audio! type
        {{at}}.output[].text                    {{whole}}
        {{at}}.output[].image_url               binary
        {{at}}.output[].file_id                 binary
        {{at}}.output[].file_data               binary
        {{at}}.output[].file_url                binary
        {{at}}.output[].filename                {{whole}}
        {{at}}.output[].stdout                  {{whole}}
        {{at}}.output[].stderr                  {{whole}}
        {{at}}.output[].outcome                 any
        {{at}}.output[].created_by              random
        {{at}}.output.type                      id
        {{at}}.output.image_url                 binary
        {{at}}.output.file_id                   binary
        {{at}}.outputs[].type                   one of logs|image!
        {{at}}.outputs[].logs                   {{whole}}
        {{at}}.outputs[].url                    binary
        {{at}}.queries[]                        {{whole}}
        {{at}}.results[].text                   {{whole}}
        {{at}}.results[].filename               {{whole}}
        {{at}}.results[].file_id                random
        {{at}}.results[].score                  number
        {{at}}.results[].attributes             any
        {{at}}.results[].vector_store_id        id
        {{at}}.action                           any
        {{at}}.actions                          any
        {{at}}.operation                        any
        {{at}}.tools                            any
        {{at}}.server_label                     {{whole}}
        {{at}}.error                            any
        {{at}}.reason                           {{whole}}
        {{at}}.approve                          number
        {{at}}.result                           binary
        {{at}}.revised_prompt                   {{whole}}
        {{at}}.background                       id
        {{at}}.output_format                    id
        {{at}}.quality                          id
        {{at}}.size                             id
        {{at}}.container_id                     random
        {{at}}.pending_safety_checks            any
        {{at}}.acknowledged_safety_checks       any
        {{at}}.environment                      any
        {{at}}.caller                           any
        {{at}}.execution                        id
        {{at}}.fingerprint                      opaque
        {{at}}.max_output_length                number
        {{at}}.created_by                       random
        """;

    /// <summary>A part of an item's content.</summary>
    public static string Part(string at, string streamed) => $$"""
        {{at}}.type                             {{PartTypes}} type
        {{at}}.text                             {{streamed}}
        {{at}}.refusal                          {{streamed}}
        {{at}}.transcript                       {{streamed}}
        {{at}}.data                             binary
        {{at}}.annotations                      any
        {{at}}.parsed                           any
        {{Logprobs(at + ".")}}
        """;

    /// <summary>The tokens of a text, with what might have stood in the place of each.</summary>
    /// <param name="prefix">The path of what holds them, with its dot; empty for an event.</param>
    public static string Logprobs(string prefix) => $$"""
        {{prefix}}logprobs                         run
        {{prefix}}logprobs[].token                 copy
        {{prefix}}logprobs[].bytes                 bytes
        {{prefix}}logprobs[].logprob               number
        {{prefix}}logprobs[].top_logprobs[].token  copy
        {{prefix}}logprobs[].top_logprobs[].bytes  bytes
        {{prefix}}logprobs[].top_logprobs[].logprob  number
        """;
}
