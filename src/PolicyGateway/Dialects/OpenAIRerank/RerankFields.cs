using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.OpenAIRerank;

/// <summary>Every field of reranking, as Cohere and Jina made it and as vLLM serves it beside OpenAI's protocol.</summary>
internal static class RerankFields
{
    public static readonly FieldMap Request = FieldMap.Parse("""
        model                       id required
        query                       text required
        query.text                  text
        query.image                 binary
        query.content               binary
        documents                   required
        documents[]                 text group
        documents[].text            text
        documents[].title           text
        documents[].image           binary
        documents[].content         binary
        stream                      refused Rankings are not streamed: leave 'stream' out.
        top_n                       number
        return_documents            number
        return_embeddings           refused Embeddings of the documents are not served here: ask /v1/embeddings for them.
        rank_fields                 any
        instruction                 text
        max_chunks_per_doc          number
        max_tokens_per_doc          number
        max_doc_length              number
        max_query_length            number
        truncate_prompt_tokens      number
        truncation                  number
        priority                    number
        user                        id
        """);

    public static readonly FieldMap Answer = FieldMap.Parse("""
        id                          id
        object                      id
        created                     number
        model                       id
        usage                       any
        meta                        any
        results                     required
        results[]                   group
        results[].index             index
        results[].relevance_score   number
        results[].document          text
        results[].document.text     text
        results[].document.title    text
        results[].document.image    binary
        results[].document.content  binary
        results[].document.multi_modal  binary
        """);
}
