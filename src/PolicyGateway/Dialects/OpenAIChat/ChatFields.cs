using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>Every field of chat completions, as OpenAI and the servers that speak its protocol send them.</summary>
internal static class ChatFields
{
    public static readonly FieldMap Request = FieldMap.Parse("""
        model                                       id
        stream                                      number
        stream_options                              any
        n                                           number
        messages                                    required
        messages[]                                  group
        messages[].role                             one of system|developer|user|assistant|tool|function required
        messages[].content                          text
        messages[].content[].type                   one of text|refusal|image_url!|input_audio!|file! type required
        messages[].content[].text                   text
        messages[].content[].refusal                text
        messages[].content[].image_url              binary
        messages[].content[].input_audio            binary
        messages[].content[].file                   binary
        messages[].content[].cache_control          any
        messages[].name                             text
        messages[].refusal                          text
        messages[].reasoning                        text
        messages[].reasoning_content                text
        messages[].thinking                         any
        messages[].audio                            binary
        messages[].tool_call_id                     id
        messages[].tool_calls[].id                  id
        messages[].tool_calls[].index               number
        messages[].tool_calls[].type                id
        messages[].tool_calls[].function.name       text
        messages[].tool_calls[].function.arguments  text
        messages[].tool_calls[].custom.name         text
        messages[].tool_calls[].custom.input        text
        messages[].function_call.name               text
        messages[].function_call.arguments          text
        audio                                       any
        data_sources                                refused Text that is kept elsewhere cannot be classified: send it in a message.
        frequency_penalty                           number
        function_call                               any
        functions                                   any
        logit_bias                                  any
        logprobs                                    number
        max_completion_tokens                       number
        max_tokens                                  number
        metadata                                    any
        modalities                                  any
        models                                      refused The backend would ask models that may not be open to you: leave 'models' out.
        parallel_tool_calls                         number
        prediction                                  any
        presence_penalty                            number
        prompt_cache_key                            id
        prompt_cache_retention                      id
        reasoning_effort                            id
        response_format                             any
        safety_identifier                           id
        seed                                        number
        service_tier                                id
        stop                                        any
        kv_transfer_params                          refused The backend would work on text that is kept elsewhere and was not judged: leave 'kv_transfer_params' out.
        session_params                              refused The backend would go on with text that it keeps and that was not judged: leave 'session_params' out.
        chat_template                               refused A template could make a text of the messages that nobody judged: leave 'chat_template' out.
        store                                       refused Stored answers are not served here, since they would be read later: leave 'store' out.
        temperature                                 number
        tool_choice                                 any
        tools                                       any
        top_logprobs                                number
        top_p                                       number
        user                                        id
        verbosity                                   id
        web_search_options                          any
        """);

    private const string OpenAIAnswer = """
        id                                          id
        object                                      id
        created                                     number
        model                                       id
        system_fingerprint                          id
        service_tier                                id
        obfuscation                                 random
        provider                                    id
        usage                                       any
        prompt_filter_results[].prompt_index        number
        prompt_logprobs                             any
        kv_transfer_params                          any
        citations                                   any
        choices                                     required
        choices[]                                   group
        choices[].index                             index
        choices[].finish_reason                     one of stop|length|tool_calls|content_filter|function_call|abort|error
        choices[].native_finish_reason              copy
        choices[].stop_reason                       copy
        choices[].content_filter_result             any
        choices[].content_filter_offsets.check_offset  number
        choices[].content_filter_offsets.start_offset  number
        choices[].content_filter_offsets.end_offset    number
        choices[].message                           container
        choices[].message.role                      id
        choices[].message.content                   text
        choices[].message.content[].type            id type
        choices[].message.content[].text            text
        choices[].message.refusal                   text
        choices[].message.reasoning                 text
        choices[].message.reasoning_content         text
        choices[].message.reasoning_details         any
        choices[].message.thinking                  text
        choices[].message.function_call.name        text
        choices[].message.function_call.arguments   text
        choices[].message.tool_calls[].index        index
        choices[].message.tool_calls[].id           id
        choices[].message.tool_calls[].type         id
        choices[].message.tool_calls[].function.name       text
        choices[].message.tool_calls[].function.arguments  text
        choices[].message.tool_calls[].custom.name  text
        choices[].message.tool_calls[].custom.input text
        choices[].message.annotations               any
        choices[].message.context                   any
        choices[].message.end_turn                  number
        choices[].message.audio.id                  id
        choices[].message.audio.data                binary
        choices[].message.audio.expires_at          number
        choices[].message.audio.transcript          text
        choices[].logprobs.content                  run
        choices[].logprobs.content[].token          copy
        choices[].logprobs.content[].bytes          bytes
        choices[].logprobs.content[].logprob        number
        choices[].logprobs.content[].top_logprobs[].token    copy
        choices[].logprobs.content[].top_logprobs[].bytes    bytes
        choices[].logprobs.content[].top_logprobs[].logprob  number
        choices[].logprobs.refusal                  run
        choices[].logprobs.refusal[].token          copy
        choices[].logprobs.refusal[].bytes          bytes
        choices[].logprobs.refusal[].logprob        number
        choices[].logprobs.refusal[].top_logprobs[].token    copy
        choices[].logprobs.refusal[].top_logprobs[].bytes    bytes
        choices[].logprobs.refusal[].top_logprobs[].logprob  number
        """;

    private static readonly string Answer = string.Join('\n',
    [
        OpenAIAnswer,
        .. FilterFields.Below("prompt_filter_results[].content_filter_results"),
        .. FilterFields.Below("choices[].content_filter_results"),
    ]);

    /// <summary>A whole answer holds messages.</summary>
    public static readonly FieldMap Completion = FieldMap.Parse(Answer);

    /// <summary>A chunk of a stream holds deltas, of the same fields.</summary>
    public static readonly FieldMap Chunk = FieldMap.Parse(Answer.Replace("].message", "].delta", StringComparison.Ordinal));
}
