namespace PolicyGateway.Dialects.Anthropic;

/// <summary>
/// The fields of a content block, which stands in requests, in answers and in other blocks. A block of any type has its
/// fields under the same few names, so one table holds them all.
/// </summary>
internal static class BlockFields
{
    private const string Citation = """
        @.type                    one of char_location|page_location|content_block_location|web_search_result_location|search_result_location
        @.cited_text              text
        @.document_title          text
        @.title                   text
        @.source                  text
        @.url                     text
        @.file_id                 id
        @.encrypted_index         opaque
        @.document_index          number
        @.search_result_index     number
        @.start_char_index        number
        @.end_char_index          number
        @.start_page_number       number
        @.end_page_number         number
        @.start_block_index       number
        @.end_block_index         number
        """;

    /// <summary>Where an image or a document comes from; in a search result the source is a name.</summary>
    private const string Source = """
        @.source                  text
        @.source.type             one of base64!|url!|file!|text|content
        @.source.media_type       id
        @.source.data             payload
        @.source.url              binary
        @.source.file_id          binary
        @.source.content          text
        @.source.content[].type   one of text|image! required
        @.source.content[].text   text
        @.source.content[].source binary
        @.source.content[].citations            any
        @.source.content[].cache_control.type   id
        @.source.content[].cache_control.ttl    id
        @.title                   text
        @.context                 text
        @.cache_control.type      id
        @.cache_control.ttl       id
        """;

    /// <summary>What a tool's result holds as an object: what a tool of the backend's answered, or its error.</summary>
    private const string Result = """
        @.type                    one of web_search_tool_result_error|web_fetch_result|web_fetch_tool_result_error|code_execution_result|encrypted_code_execution_result|code_execution_tool_result_error|bash_code_execution_result|bash_code_execution_tool_result_error|text_editor_code_execution_view_result|text_editor_code_execution_create_result|text_editor_code_execution_str_replace_result|text_editor_code_execution_tool_result_error|tool_search_tool_search_result|tool_search_tool_result_error
        @.error_code              id
        @.error_message           text
        @.url                     text
        @.retrieved_at            id
        @.stdout                  text
        @.stderr                  text
        @.encrypted_stdout        opaque
        @.return_code             number
        @.file_type               one of text|image!|pdf!
        @.num_lines               number
        @.start_line              number
        @.total_lines             number
        @.is_file_update          number
        @.old_start               number
        @.old_lines               number
        @.new_start               number
        @.new_lines               number
        @.lines                   run
        @.lines[]                 text
        @.tool_references[].type  one of tool_reference
        @.tool_references[].tool_name  text
        @.content                 text
        @.content[].type          one of code_execution_output|bash_code_execution_output
        @.content[].file_id       id
        @.content.type            one of document
        @.content.citations.enabled    number
        """;

    /// <summary>A block in a block: of a tool's result, of a search.</summary>
    private const string Inner = """
        @.type                    one of text|image!|document|search_result|tool_reference|browser_state|web_search_result|code_execution_output|bash_code_execution_output type required
        @.text                    text
        @.citations               any
        @.transformations         any
        @.content                 text
        @.content[].type          one of text required
        @.content[].text          text
        @.content[].citations     any
        @.content[].cache_control.type  id
        @.content[].cache_control.ttl   id
        @.tool_name               text
        @.tabs                    any
        @.state_changes           any
        @.url                     text
        @.page_age                text
        @.encrypted_content       opaque
        @.file_id                 id
        """;

    private const string Block = """
        @.type                    one of text|image!|document|search_result|thinking|redacted_thinking|tool_use|tool_result|server_tool_use|web_search_tool_result|web_fetch_tool_result|code_execution_tool_result|bash_code_execution_tool_result|text_editor_code_execution_tool_result|tool_search_tool_result|mcp_tool_use|mcp_tool_result|container_upload!|compaction type required
        @.text                    text
        @.citations.enabled       number
        @.transformations         any
        @.thinking                text
        @.signature               opaque
        @.data                    opaque
        @.id                      id
        @.name                    text
        @.input                   any
        @.caller.type             id
        @.caller.tool_id          id
        @.toolset_name            text
        @.server_name             text
        @.tool_use_id             id
        @.is_error                number
        @.file_id                 id
        @.content                 text
        @.encrypted_content       opaque
        """;

    /// <summary>The lines of a table for the blocks at a path.</summary>
    public static string At(string path) => string.Join('\n',
        Lines(Block, path),
        Lines(Source, path),
        Lines(Citation, $"{path}.citations[]"),
        Lines(Inner, $"{path}.content[]"),
        Lines(Source, $"{path}.content[]"),
        Lines(Result, $"{path}.content"),
        Lines(Source, $"{path}.content.content"));

    /// <summary>The lines of a table for the one citation at a path.</summary>
    public static string CitationAt(string path) => Lines(Citation, path);

    private static string Lines(string table, string path) => table.Replace("@", path, StringComparison.Ordinal);
}
