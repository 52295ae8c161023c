using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>
/// Every field of a request, as https://ai.google.dev/api/generate-content and Vertex AI have them. Google takes one object
/// for a list of one, and both spellings of each name.
/// </summary>
internal static class GeminiFields
{
    private const string Part = """
        text                             text
        inlineData                       binary
        fileData                         binary
        functionCall.id                  id
        functionCall.name                text
        functionCall.args                any
        functionCall.partialArgs         any
        functionCall.willContinue        number
        functionResponse.id              id
        functionResponse.name            text
        functionResponse.response        any
        functionResponse.parts           binary
        functionResponse.scheduling      id
        functionResponse.willContinue    number
        executableCode.id                id
        executableCode.language          id
        executableCode.code              text
        codeExecutionResult.id           id
        codeExecutionResult.outcome      id
        codeExecutionResult.output       text
        toolCall                         any
        toolResponse                     any
        thought                          number type
        thoughtSignature                 opaque
        videoMetadata                    any
        mediaResolution                  any
        mediaProcessing                  any
        speechMetadata                   any
        audioTranscription               any
        partMetadata                     any
        """;

    private const string Rest = """
        contents[]                       group
        contents[].role                  one of user|model|function|tool
        contents.role                    one of user|model|function|tool
        systemInstruction.role           id
        model                            id
        tools[].functionDeclarations[].name                  text
        tools[].functionDeclarations[].description           text
        tools[].functionDeclarations[].parameters            any
        tools[].functionDeclarations[].parametersJsonSchema  any
        tools[].functionDeclarations[].response              any
        tools[].functionDeclarations[].responseJsonSchema    any
        tools[].functionDeclarations[].behavior              id
        tools[].googleSearch             any
        tools[].googleSearchRetrieval    any
        tools[].googleMaps               any
        tools[].enterpriseWebSearch      any
        tools[].urlContext               binary
        tools[].codeExecution            any
        tools[].computerUse              any
        tools[].retrieval                binary
        tools[].fileSearch               binary
        tools[].mcpServers               refused The backend would send text to these servers and read theirs before either is judged: leave 'mcpServers' out.
        toolConfig.functionCallingConfig.mode                         id
        toolConfig.functionCallingConfig.allowedFunctionNames[]       text
        toolConfig.functionCallingConfig.streamFunctionCallArguments  number
        toolConfig.retrievalConfig                                    any
        toolConfig.includeServerSideToolInvocations                   number
        safetySettings[].category        id
        safetySettings[].threshold       id
        safetySettings[].method          id
        generationConfig.candidateCount              number
        generationConfig.temperature                 number
        generationConfig.topP                        number
        generationConfig.topK                        number
        generationConfig.maxOutputTokens             number
        generationConfig.presencePenalty             number
        generationConfig.frequencyPenalty            number
        generationConfig.seed                        number
        generationConfig.logprobs                    number
        generationConfig.responseLogprobs            number
        generationConfig.audioTimestamp              number
        generationConfig.enableEnhancedCivicAnswers  number
        generationConfig.enableAffectiveDialog       number
        generationConfig.stopSequences[]             text
        generationConfig.responseMimeType            id
        generationConfig.responseSchema              any
        generationConfig.responseJsonSchema          any
        generationConfig._responseJsonSchema         any
        generationConfig.responseModalities[]        one of TEXT|MODALITY_UNSPECIFIED
        generationConfig.responseFormat[].text       any
        generationConfig.responseFormat[].audio      refused Only text can be classified: ask for no other format.
        generationConfig.responseFormat[].image      refused Only text can be classified: ask for no other format.
        generationConfig.responseFormat[].video      refused Only text can be classified: ask for no other format.
        generationConfig.mediaResolution             id
        generationConfig.speechConfig                any
        generationConfig.imageConfig                 any
        generationConfig.translationConfig           any
        generationConfig.audioTranscriptionConfig    any
        generationConfig.thinkingConfig.includeThoughts  number
        generationConfig.thinkingConfig.thinkingBudget   number
        generationConfig.thinkingConfig.thinkingLevel    id
        generationConfig.routingConfig               refused The model is the one in the path: leave 'routingConfig' out.
        generationConfig.modelSelectionConfig        refused The model is the one in the path: leave 'modelSelectionConfig' out.
        cachedContent                    refused Text that is kept elsewhere cannot be classified: leave 'cachedContent' out and send the text.
        continuationToken                refused An answer is judged as a whole: leave 'continuationToken' out.
        generationOutputConfig           refused Answers that are written elsewhere would go round the gate: leave 'generationOutputConfig' out.
        store                            refused Stored answers are not served here, since they would be read later: leave 'store' out.
        automaticContinuation            number
        serviceTier                      id
        modelArmorConfig                 any
        labels                           any
        """;

    private static readonly string[] PartPlaces =
        ["contents[].parts[]", "contents[].parts", "contents.parts[]", "contents.parts", "systemInstruction.parts[]", "systemInstruction.parts"];

    private static readonly string All = string.Join('\n', PartPlaces.Select(place => Below(place, Part)).Append(Rest));

    public static readonly FieldMap Request = FieldMap.ParseProto($"contents required\n{All}");

    /// <summary>Tokens are counted of contents alone or of a whole request.</summary>
    public static readonly FieldMap CountRequest = FieldMap.ParseProto(
        $"{All}\ngenerateContentRequest.contents required\n{Below("generateContentRequest", All)}");

    private static string Below(string place, string table) => string.Join('\n', table.Split('\n').Select(line => $"{place}.{line}"));
}
