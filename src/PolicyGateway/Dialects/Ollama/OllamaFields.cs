using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Every field of Ollama's requests and answers, as its api/types.go has them.</summary>
internal static class OllamaFields
{
    private const string Common = """
        model                           id required
        keep_alive                      id
        truncate                        number
        options.numa                    number
        options.num_ctx                 number
        options.num_batch               number
        options.num_gpu                 number
        options.main_gpu                number
        options.low_vram                number
        options.f16_kv                  number
        options.logits_all              number
        options.vocab_only              number
        options.use_mmap                number
        options.use_mlock               number
        options.num_thread              number
        options.num_keep                number
        options.seed                    number
        options.num_predict             number
        options.top_k                   number
        options.top_p                   number
        options.min_p                   number
        options.tfs_z                   number
        options.typical_p               number
        options.repeat_last_n           number
        options.temperature             number
        options.repeat_penalty          number
        options.presence_penalty        number
        options.frequency_penalty       number
        options.mirostat                number
        options.mirostat_tau            number
        options.mirostat_eta            number
        options.penalize_newline        number
        options.stop                    any
        """;

    private const string Answering = $"""
        {Common}
        stream                          number
        format                          any
        think                           id
        shift                           number
        logprobs                        number
        top_logprobs                    number
        _debug_render_only              number
        """;

    private const string Answered = """
        model                           id
        remote_model                    id
        remote_host                     id
        created_at                      time
        done                            number
        done_reason                     one of stop|length|load|unload|content_filter
        total_duration                  number
        load_duration                   number
        prompt_eval_count               number
        prompt_eval_duration            number
        eval_count                      number
        eval_duration                   number
        _debug_info.rendered_template   text
        _debug_info.image_count         number
        logprobs                        run
        logprobs[].token                copy
        logprobs[].bytes                bytes
        logprobs[].logprob              number
        logprobs[].top_logprobs[].token    copy
        logprobs[].top_logprobs[].bytes    bytes
        logprobs[].top_logprobs[].logprob  number
        """;

    public static readonly FieldMap ChatRequest = FieldMap.Parse($"""
        {Answering}
        messages[]                      group
        messages[].role                 one of system|user|assistant|tool required
        messages[].content              text
        messages[].thinking             text
        messages[].images               binary
        messages[].tool_name            text
        messages[].tool_call_id         id
        messages[].tool_calls[].id      id
        messages[].tool_calls[].type    id
        messages[].tool_calls[].function.index      number
        messages[].tool_calls[].function.name       text
        messages[].tool_calls[].function.arguments  any
        tools                           any
        """);

    public static readonly FieldMap ChatAnswer = FieldMap.Parse($"""
        {Answered}
        message.role                    id
        message.content                 text
        message.thinking                text
        message.images                  binary
        message.tool_name               text
        message.tool_call_id            id
        message.tool_calls[].id         id
        message.tool_calls[].type       id
        message.tool_calls[].function.index      number
        message.tool_calls[].function.name       text
        message.tool_calls[].function.arguments  any
        """);

    public static readonly FieldMap GenerateRequest = FieldMap.Parse($"""
        {Answering}
        prompt                          text
        suffix                          text
        system                          text
        template                        refused A template could make a text of the prompt that nobody judged: send the text itself, and leave 'template' out.
        raw                             number
        context                         binary
        images                          binary
        width                           refused Only text can be classified: leave 'width' out.
        height                          refused Only text can be classified: leave 'height' out.
        steps                           refused Only text can be classified: leave 'steps' out.
        """);

    /// <summary>The context is the conversation once more, as token ids that only the model's own tokenizer reads.</summary>
    public static readonly FieldMap GenerateAnswer = FieldMap.Parse($"""
        {Answered}
        response                        text
        thinking                        text
        context                         binary
        image                           binary
        completed                       number
        total                           number
        tool_calls[].id                 id
        tool_calls[].type               id
        tool_calls[].function.index     number
        tool_calls[].function.name      text
        tool_calls[].function.arguments any
        """);

    public static readonly FieldMap EmbedRequest = FieldMap.Parse($"""
        {Common}
        input                           text required
        input[]                         text group
        dimensions                      number
        stream                          refused Embeddings are not streamed: leave 'stream' out.
        """);

    public static readonly FieldMap EmbedAnswer = FieldMap.Parse("""
        model                           id
        embeddings                      vector required
        total_duration                  number
        load_duration                   number
        prompt_eval_count               number
        """);

    public static readonly FieldMap EmbeddingsRequest = FieldMap.Parse($"""
        {Common}
        prompt                          text required
        stream                          refused Embeddings are not streamed: leave 'stream' out.
        """);

    public static readonly FieldMap EmbeddingsAnswer = FieldMap.Parse("""
        embedding                       vector required
        """);
}
