using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAICompletions;

/// <summary>Every field of plain completions, as OpenAI and the servers that speak its protocol send them.</summary>
internal static class CompletionsFields
{
    public static readonly FieldMap Request = FieldMap.Parse("""
        model                                       id
        stream                                      number
        stream_options                              any
        n                                           number
        best_of                                     number
        prompt                                      textOrTokens required
        prompt[]                                    textOrTokens group
        prompt[][]                                  textOrTokens
        prompt_embeds                               binary
        kv_transfer_params                          refused The backend would work on text that is kept elsewhere and was not judged: leave 'kv_transfer_params' out.
        session_params                              refused The backend would go on with text that it keeps and that was not judged: leave 'session_params' out.
        suffix                                      text
        echo                                        number
        frequency_penalty                           number
        logit_bias                                  any
        logprobs                                    number
        max_tokens                                  number
        presence_penalty                            number
        response_format                             any
        seed                                        number
        stop                                        any
        temperature                                 number
        top_p                                       number
        user                                        id
        """);

    /// <summary>A whole answer and a chunk of a stream have the same fields.</summary>
    public static readonly FieldMap Answer = FieldMap.Parse(string.Join('\n',
    [
        .. FilterFields.Below("prompt_filter_results[].content_filter_results"),
        .. FilterFields.Below("choices[].content_filter_results"),
        """
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
        kv_transfer_params                          any
        choices                                     required
        choices[]                                   group
        choices[].index                             index
        choices[].text                              text
        choices[].reasoning                         text
        choices[].reasoning_content                 text
        choices[].finish_reason                     one of stop|length|tool_calls|content_filter|function_call|abort|error
        choices[].native_finish_reason              copy
        choices[].stop_reason                       copy
        choices[].matched_stop                      any
        choices[].content_filter_offsets.check_offset  number
        choices[].content_filter_offsets.start_offset  number
        choices[].content_filter_offsets.end_offset    number
        choices[].prompt_logprobs                   any
        choices[].prompt_token_ids                  any
        choices[].token_ids                         any
        choices[].logprobs.text_offset[]            number
        choices[].logprobs.token_logprobs           vector
        choices[].logprobs.tokens                   run
        choices[].logprobs.tokens[]                 copy
        choices[].logprobs.top_logprobs             run
        choices[].logprobs.top_logprobs[]           names
        choices[].logprobs.content                  run
        choices[].logprobs.content[].id             number
        choices[].logprobs.content[].token          copy
        choices[].logprobs.content[].bytes          bytes
        choices[].logprobs.content[].logprob        number
        choices[].logprobs.content[].top_logprobs[].id       number
        choices[].logprobs.content[].top_logprobs[].token    copy
        choices[].logprobs.content[].top_logprobs[].bytes    bytes
        choices[].logprobs.content[].top_logprobs[].logprob  number
        """,
    ]));
}
