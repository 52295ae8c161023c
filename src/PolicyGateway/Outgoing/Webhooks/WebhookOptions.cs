using Microsoft.Extensions.Options;

namespace PolicyGateway.Outgoing.Webhooks;

/// <summary>Who is told by a webhook: the section <c>Webhooks</c>.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>None by default, and then nobody is told.</summary>
    public List<WebhookReceiverOptions> Receivers { get; set; } = [];
}

/// <summary>One receiver: where, what, and the secret that its messages are signed with.</summary>
internal sealed class WebhookReceiverOptions
{
    /// <summary>What metrics and logs call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where messages are posted; https, http on loopback only.</summary>
    public Uri? Url { get; set; }

    /// <summary>What it is told of: names, or all of a kind (<c>request.*</c>), or <c>*</c>.</summary>
    public List<string> Events { get; set; } = [];

    /// <summary>The secret in this environment variable: <c>whsec_</c> and 24 to 64 bytes in base64; or see <see cref="SecretFile"/>.</summary>
    public string? SecretEnvironment { get; set; }

    /// <summary>The same in this file, white space at its ends ignored; relative to the content root.</summary>
    public string? SecretFile { get; set; }

    /// <summary>Whether it is told who a person is (issuer and subject) and which organisation; else it gets a pseudonym of its own for each.</summary>
    public bool IncludePersons { get; set; }

    /// <summary>Whether it is told of a happening of this type.</summary>
    public bool Wants(string type) => Events.Exists(pattern => Covers(pattern, type));

    /// <summary>Whether a pattern covers a type.</summary>
    public static bool Covers(string pattern, string type) =>
        pattern == "*" || pattern == type || (pattern.EndsWith(".*", StringComparison.Ordinal) && type.StartsWith(pattern[..^1], StringComparison.Ordinal));
}

/// <summary>Names every fault of the section.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    private const string Receivers = "Webhooks:Receivers";

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var faults = new List<string>();
        ReceiverCheck.Names([.. options.Receivers.Select(static receiver => receiver.Name)], Receivers, faults);
        for (var index = 0; index < options.Receivers.Count; index++)
        {
            Check(options.Receivers[index], $"{Receivers}:{index}", faults);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check(WebhookReceiverOptions receiver, string key, List<string> faults)
    {
        ReceiverCheck.Address(receiver.Url, $"{key}:Url", faults);
        if (receiver.Events.Count == 0)
        {
            faults.Add($"{key}:Events: name at least one, such as request.*; the events are {string.Join(", ", Happening.Types)}.");
        }

        for (var index = 0; index < receiver.Events.Count; index++)
        {
            if (!Happening.Types.Any(type => WebhookReceiverOptions.Covers(receiver.Events[index], type)))
            {
                faults.Add($"{key}:Events:{index}: '{receiver.Events[index]}' is no event; the events are {string.Join(", ", Happening.Types)}.");
            }
        }

        ReceiverCheck.Secret(
            key, "Secret", receiver.SecretEnvironment, receiver.SecretFile,
            static secret => WebhookSignature.KeyOf(secret) is null ? "names no secret of the form whsec_ and 24 to 64 bytes in base64." : null, faults);
    }
}
