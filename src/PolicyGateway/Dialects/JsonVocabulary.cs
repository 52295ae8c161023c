using System.Collections.Frozen;

namespace PolicyGateway.Dialects;

/// <summary>
/// Words of JSON Schema and of the dialects that stand in every request with tools. They say nothing, and a classifier that
/// is given a list of them finds what is not there. Only these very words are skipped, so nothing can hide among them.
/// </summary>
internal static class JsonVocabulary
{
    private static readonly FrozenSet<string> Words = FrozenSet.ToFrozenSet(
    [
        "type", "function", "name", "description", "parameters", "properties", "required", "strict", "string", "object", "array",
        "number", "integer", "boolean", "null", "items", "enum", "const", "default", "format", "pattern", "minimum", "maximum",
        "minLength", "maxLength", "minItems", "maxItems", "additionalProperties", "anyOf", "oneOf", "allOf", "title", "$defs",
        "$ref", "$schema", "json_schema", "json_object", "schema", "text", "content", "role", "id", "index", "arguments", "auto",
        "none", "include_usage", "include_obfuscation", "cache_control", "ephemeral", "effort", "low", "medium", "high", "url",
        "tool_calls", "finish_reason", "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
        "completion_tokens_details", "cached_tokens", "audio_tokens", "reasoning_tokens", "accepted_prediction_tokens",
        "rejected_prediction_tokens", "error", "message", "code", "param", "refusal", "choices", "delta", "logprobs", "token", "bytes",
        "logprob", "top_logprobs", "usage", "created", "object", "model", "system_fingerprint", "service_tier", "obfuscation",
        "input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details", "cache_write_tokens", "verbosity", "summary",
        "url_citation", "file_citation", "container_file_citation", "file_path", "start_index", "end_index", "file_id", "filename",
        "annotations", "audio", "function_call", "reasoning", "reasoning_content", "thinking", "tool_call_id", "prompt_logprobs",
        "provider", "native_finish_reason", "prompt_token_ids", "token_ids", "stop_reason", "kv_transfer_params", "prompt_cache_hit_tokens", "prompt_cache_miss_tokens",
        "input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "server_tool_use",
        "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "output_tokens_details", "thinking_tokens", "web_search_requests",
        "web_fetch_requests", "inference_geo", "not_available", "standard", "input_schema", "original_input_tokens",
        "OBJECT", "STRING", "ARRAY", "INTEGER", "NUMBER", "BOOLEAN", "nullable", "propertyOrdering", "property_ordering",
    ]);

    public static bool Contains(string word) => Words.Contains(word);
}
