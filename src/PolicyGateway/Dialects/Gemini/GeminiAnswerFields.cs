using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>Every field of an answer. A stream's frames have the same, so that one map is enough.</summary>
internal static class GeminiAnswerFields
{
    private const string Categories =
        "one of HARM_CATEGORY_UNSPECIFIED|HARM_CATEGORY_HARASSMENT|HARM_CATEGORY_HATE_SPEECH|HARM_CATEGORY_SEXUALLY_EXPLICIT"
        + "|HARM_CATEGORY_DANGEROUS_CONTENT|HARM_CATEGORY_CIVIC_INTEGRITY|HARM_CATEGORY_JAILBREAK|HARM_CATEGORY_IMAGE_HATE"
        + "|HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT|HARM_CATEGORY_IMAGE_HARASSMENT|HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT";

    private const string Rating = $"""
        category              {Categories}
        probability           one of HARM_PROBABILITY_UNSPECIFIED|NEGLIGIBLE|LOW|MEDIUM|HIGH
        probabilityScore      number
        severity              one of HARM_SEVERITY_UNSPECIFIED|HARM_SEVERITY_NEGLIGIBLE|HARM_SEVERITY_LOW|HARM_SEVERITY_MEDIUM|HARM_SEVERITY_HIGH
        severityScore         number
        blocked               number
        overwrittenThreshold  id
        """;

    private const string Counts = """
        modality    one of MODALITY_UNSPECIFIED|TEXT|IMAGE|VIDEO|AUDIO|DOCUMENT
        tokenCount  number
        """;

    private const string Rest = """
        responseId                          id
        modelVersion                        id
        createTime                          time
        modelStatus                         any
        promptFeedback.blockReason          one of BLOCKED_REASON_UNSPECIFIED|BLOCK_REASON_UNSPECIFIED|SAFETY|OTHER|BLOCKLIST|PROHIBITED_CONTENT|IMAGE_SAFETY|MODEL_ARMOR|JAILBREAK
        promptFeedback.blockReasonMessage   text
        usageMetadata.promptTokenCount           number
        usageMetadata.candidatesTokenCount       number
        usageMetadata.totalTokenCount            number
        usageMetadata.cachedContentTokenCount    number
        usageMetadata.thoughtsTokenCount         number
        usageMetadata.toolUsePromptTokenCount    number
        usageMetadata.initialPromptTokenCount    number
        usageMetadata.trafficType                id
        usageMetadata.serviceTier                id
        candidates[]                        group
        candidates[].index                  index
        candidates[].finishReason           one of FINISH_REASON_UNSPECIFIED|STOP|MAX_TOKENS|SAFETY|RECITATION|LANGUAGE|OTHER|BLOCKLIST|PROHIBITED_CONTENT|SPII|MALFORMED_FUNCTION_CALL|MALFORMED_RESPONSE|MISSING_THOUGHT_SIGNATURE|UNEXPECTED_TOOL_CALL|TOO_MANY_TOOL_CALLS|NO_IMAGE|IMAGE_SAFETY|IMAGE_PROHIBITED_CONTENT|IMAGE_RECITATION|IMAGE_OTHER|CONTINUATION
        candidates[].finishMessage          text
        candidates[].tokenCount             number
        candidates[].avgLogprobs            number
        candidates[].continuationToken      opaque
        candidates[].citationMetadata       any
        candidates[].groundingMetadata      any
        candidates[].groundingAttributions  any
        candidates[].urlContextMetadata     any
        candidates[].content.role           id
        candidates[].content.parts          run
        candidates[].content.parts[].text   text
        candidates[].content.parts[].thought             aside
        candidates[].content.parts[].thoughtSignature    opaque
        candidates[].content.parts[].inlineData          binary
        candidates[].content.parts[].fileData            binary
        candidates[].content.parts[].functionCall.id     id
        candidates[].content.parts[].functionCall.name   text
        candidates[].content.parts[].functionCall.args   any
        candidates[].content.parts[].functionCall.willContinue               number
        candidates[].content.parts[].functionCall.partialArgs                run
        candidates[].content.parts[].functionCall.partialArgs[].jsonPath     text
        candidates[].content.parts[].functionCall.partialArgs[].stringValue  text
        candidates[].content.parts[].functionCall.partialArgs[].numberValue  number
        candidates[].content.parts[].functionCall.partialArgs[].boolValue    number
        candidates[].content.parts[].functionCall.partialArgs[].nullValue    id
        candidates[].content.parts[].functionCall.partialArgs[].willContinue number
        candidates[].content.parts[].functionResponse    any
        candidates[].content.parts[].toolCall            any
        candidates[].content.parts[].toolResponse        any
        candidates[].content.parts[].executableCode.id            id
        candidates[].content.parts[].executableCode.language      one of LANGUAGE_UNSPECIFIED|PYTHON
        candidates[].content.parts[].executableCode.code          text
        candidates[].content.parts[].codeExecutionResult.id       id
        candidates[].content.parts[].codeExecutionResult.outcome  one of OUTCOME_UNSPECIFIED|OUTCOME_OK|OUTCOME_FAILED|OUTCOME_DEADLINE_EXCEEDED
        candidates[].content.parts[].codeExecutionResult.output   text
        candidates[].content.parts[].audioTranscription  any
        candidates[].content.parts[].videoMetadata       any
        candidates[].content.parts[].mediaResolution     any
        candidates[].content.parts[].partMetadata        any
        candidates[].logprobsResult.logProbabilitySum    number
        candidates[].logprobsResult.chosenCandidates     run
        candidates[].logprobsResult.chosenCandidates[].token           copy
        candidates[].logprobsResult.chosenCandidates[].tokenId         number
        candidates[].logprobsResult.chosenCandidates[].logProbability  number
        candidates[].logprobsResult.topCandidates        run
        candidates[].logprobsResult.topCandidates[].candidates[].token           copy
        candidates[].logprobsResult.topCandidates[].candidates[].tokenId         number
        candidates[].logprobsResult.topCandidates[].candidates[].logProbability  number
        """;

    public static readonly FieldMap Answer = FieldMap.ParseProto(string.Join('\n',
    [
        Below("promptFeedback.safetyRatings[]", Rating),
        Below("candidates[].safetyRatings[]", Rating),
        Below("usageMetadata.promptTokensDetails[]", Counts),
        Below("usageMetadata.candidatesTokensDetails[]", Counts),
        Below("usageMetadata.cacheTokensDetails[]", Counts),
        Below("usageMetadata.toolUsePromptTokensDetails[]", Counts),
        Rest,
    ]));

    public static readonly FieldMap Count = FieldMap.ParseProto(string.Join('\n',
    [
        "totalTokens              required number",
        "totalBillableCharacters  number",
        "cachedContentTokenCount  number",
        Below("promptTokensDetails[]", Counts),
        Below("cacheTokensDetails[]", Counts),
    ]));

    private static string Below(string place, string table) => string.Join('\n', table.Split('\n').Select(line => $"{place}.{line}"));
}
