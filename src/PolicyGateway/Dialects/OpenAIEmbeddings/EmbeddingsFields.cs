using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.OpenAIEmbeddings;

/// <summary>Every field of embeddings, as OpenAI and the servers that speak its protocol send them.</summary>
internal static class EmbeddingsFields
{
    public static readonly FieldMap Request = FieldMap.Parse("""
        model                       id
        input                       textOrTokens required
        input[]                     textOrTokens group
        input[][]                   textOrTokens
        stream                      refused Embeddings are not streamed: leave 'stream' out.
        dimensions                  number
        encoding_format             one of float|base64
        input_type                  id
        task                        id
        truncate_prompt_tokens      number
        user                        id
        """);

    public static readonly FieldMap Answer = FieldMap.Parse("""
        id                          id
        object                      id
        created                     number
        model                       id
        usage                       any
        data                        required
        data[]                      group
        data[].index                index
        data[].object               id
        data[].embedding            vector required
        """);
}
