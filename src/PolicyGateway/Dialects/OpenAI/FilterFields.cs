namespace PolicyGateway.Dialects.OpenAI;

/// <summary>
/// What Azure's content filter says of a prompt or an answer: words of its own, which would be noise to a classifier. It
/// counts where a cluster declares it (<see cref="BackendAnnotations"/>). https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter
/// </summary>
internal static class FilterFields
{
    private static readonly string[] Graded = ["hate", "self_harm", "sexual", "violence"];

    private static readonly string[] Detected =
        ["jailbreak", "indirect_attack", "profanity", "protected_material_text", "protected_material_code", "ungrounded_material", "task_adherence"];

    /// <summary>The filter's categories, as they stand in its results.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. Graded, .. Detected, "custom_blocklists", "custom_topics"];

    /// <summary>The lines of one filter's results.</summary>
    /// <param name="place">The field that holds them.</param>
    public static IEnumerable<string> Below(string place)
    {
        foreach (var category in Graded)
        {
            yield return $"{place}.{category}.filtered number";
            yield return $"{place}.{category}.severity one of safe|low|medium|high";
        }

        foreach (var category in Detected)
        {
            yield return $"{place}.{category}.filtered number";
            yield return $"{place}.{category}.detected number";
        }

        yield return $"{place}.protected_material_code.citation any";
        yield return $"{place}.ungrounded_material.completion_start_offset number";
        yield return $"{place}.ungrounded_material.completion_end_offset number";
        yield return $"{place}.custom_blocklists any";
        yield return $"{place}.custom_topics any";
        yield return $"{place}.error any";
    }
}
