using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>
/// Every field of a request of the Responses API. What names state that is kept elsewhere is refused: nobody here could
/// read what the model would be given. <c>store</c> is true at OpenAI when it is left out, and no client library sends it
/// unasked, so that demanding <c>store: false</c> would refuse every unchanged client. It is not demanded: a stored answer
/// cannot be had here again, since every path that serves one is a 404 and every field that refers to one is refused. To ask
/// for it is refused, so that nobody relies on it. A compacted conversation, a file and a container hold text that nobody
/// here can read: they are unclassified.
/// </summary>
internal static class ResponsesRequestFields
{
    public static readonly FieldMap Map = FieldMap.Parse("""
        model                                   id required
        stream                                  number
        stream_options                          any
        instructions                            text
        background                              refused Background answers are not served here, since they would be read later: leave 'background' out.
        store                                   refused Stored answers are not served here, since they would be read later: leave 'store' out or set it to false.
        kv_transfer_params                      refused The backend would work on text that is kept elsewhere and was not judged: leave 'kv_transfer_params' out.
        session_params                          refused The backend would go on with text that it keeps and that was not judged: leave 'session_params' out.
        previous_response_id                    refused Earlier answers are not kept here: send their items as 'input', and leave 'previous_response_id' out.
        conversation                            refused Conversations are not kept here: send their items as 'input', and leave 'conversation' out.
        prompt                                  refused Prompt templates are kept where they cannot be read here: send their text as 'instructions' or 'input'.
        context_management                      any
        include                                 any
        max_output_tokens                       number
        max_tool_calls                          number
        metadata                                any
        moderation                              any
        parallel_tool_calls                     number
        prompt_cache_key                        id
        prompt_cache_options                    any
        prompt_cache_retention                  id
        reasoning                               any
        safety_identifier                       id
        service_tier                            id
        temperature                             number
        text                                    any
        tool_choice                             any
        top_logprobs                            number
        top_p                                   number
        truncation                              id
        user                                    id
        tools[].type                            id required
        tools[].name                            text
        tools[].namespace                       text
        tools[].description                     text
        tools[].parameters                      any
        tools[].output_schema                   any
        tools[].format                          any
        tools[].tools                           any
        tools[].strict                          number
        tools[].allowed_callers                 any
        tools[].defer_loading                   number
        tools[].execution                       id
        tools[].filters                         any
        tools[].vector_store_ids                binary
        tools[].max_num_results                 number
        tools[].ranking_options                 any
        tools[].search_context_size             id
        tools[].search_content_types            any
        tools[].user_location                   any
        tools[].display_height                  number
        tools[].display_width                   number
        tools[].environment                     id
        tools[].environment.type                id
        tools[].environment.skills              binary
        tools[].environment.file_ids            binary
        tools[].environment.memory_limit        id
        tools[].environment.network_policy      refused The backend would send text to a host that the request names before it is judged: leave 'network_policy' out.
        tools[].environment.container_id        binary
        tools[].container.type                  id
        tools[].container.file_ids              binary
        tools[].container.memory_limit          id
        tools[].container.network_policy        refused The backend would send text to a host that the request names before it is judged: leave 'network_policy' out.
        tools[].server_label                    text
        tools[].server_url                      text
        tools[].server_description              text
        tools[].connector_id                    id
        tools[].tunnel_id                       id
        tools[].authorization                   opaque
        tools[].headers                         any
        tools[].allowed_tools                   any
        tools[].require_approval                any
        tools[].model                           id
        tools[].action                          id
        tools[].background                      id
        tools[].input_fidelity                  id
        tools[].input_image_mask                binary
        tools[].moderation                      id
        tools[].output_compression              number
        tools[].output_format                   id
        tools[].partial_images                  number
        tools[].quality                         id
        tools[].size                            id
        input                                   text required
        input[]                                 group
        input[].type                            one of message|reasoning|function_call|function_call_output|custom_tool_call|custom_tool_call_output|file_search_call|web_search_call|code_interpreter_call|computer_call|computer_call_output!|image_generation_call!|local_shell_call|local_shell_call_output|shell_call|shell_call_output|apply_patch_call|apply_patch_call_output|mcp_list_tools|mcp_approval_request|mcp_approval_response|mcp_call|tool_search_call|tool_search_output|additional_tools|program|program_output|compaction!|compaction_trigger|item_reference
        input[].id                              id
        input[].call_id                         id
        input[].status                          id
        input[].role                            one of user|assistant|system|developer|tool
        input[].phase                           id
        input[].content                         text
        input[].content[].type                  one of input_text|output_text|refusal|reasoning_text|summary_text|text|input_image!|input_file!|input_audio! type required
        input[].content[].text                  text
        input[].content[].refusal               text
        input[].content[].annotations           any
        input[].content[].logprobs              any
        input[].content[].image_url             binary
        input[].content[].input_audio           binary
        input[].content[].file_id               binary
        input[].content[].file_data             binary
        input[].content[].file_url              binary
        input[].content[].filename              text
        input[].content[].detail                id
        input[].content[].prompt_cache_breakpoint  any
        input[].summary[].type                  id type
        input[].summary[].text                  text
        input[].encrypted_content               opaque
        input[].name                            text
        input[].namespace                       text
        input[].arguments                       any
        input[].input                           text
        input[].output                          text
        input[].output[].type                   one of input_text|output_text|text|input_image!|input_file!|input_audio! type
        input[].output[].text                   text
        input[].output[].image_url              binary
        input[].output[].file_id                binary
        input[].output[].file_data              binary
        input[].output[].file_url               binary
        input[].output[].filename               text
        input[].output[].detail                 id
        input[].output[].prompt_cache_breakpoint  any
        input[].output[].stdout                 text
        input[].output[].stderr                 text
        input[].output[].outcome                any
        input[].output[].created_by             id
        input[].output.type                     id
        input[].output.image_url                binary
        input[].output.file_id                  binary
        input[].queries                         any
        input[].results                         any
        input[].action                          any
        input[].actions                         any
        input[].operation                       any
        input[].code                            text
        input[].container_id                    id
        input[].outputs[].type                  one of logs|image! required
        input[].outputs[].logs                  text
        input[].outputs[].url                   binary
        input[].result                          binary
        input[].revised_prompt                  text
        input[].tools                           any
        input[].server_label                    text
        input[].error                           any
        input[].approval_request_id             id
        input[].approve                         number
        input[].reason                          text
        input[].pending_safety_checks           any
        input[].acknowledged_safety_checks      any
        input[].environment                     any
        input[].caller                          any
        input[].execution                       id
        input[].fingerprint                     opaque
        input[].max_output_length               number
        input[].created_by                      id
        """);
}
