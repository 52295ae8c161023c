using System.Globalization;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing.Events;

namespace PolicyGateway.Revocation;

/// <summary>Reports every fault of the section <c>Revocation</c> at once, each with the key to mend.</summary>
internal sealed class RevocationOptionsValidator(IConfiguration configuration) : IValidateOptions<RevocationOptions>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, RevocationOptions options)
    {
        var faults = new List<string>();
        if (options.KeepFor < TimeSpan.FromDays(1) || options.KeepFor > TimeSpan.FromDays(4_000))
        {
            faults.Add("Revocation:KeepFor must be from 1.00:00:00 to 4000.00:00:00.");
        }
        else if (int.TryParse(configuration[$"{AccessOptions.Section}:{nameof(AccessOptions.KeyDays)}"] ?? $"{new AccessOptions().KeyDays}", CultureInfo.InvariantCulture, out var days)
            && options.KeepFor.TotalDays < days)
        {
            faults.Add("Revocation:KeepFor must not be shorter than Access:KeyDays: a key would count again when its revocation is forgotten.");
        }

        var issuers = configuration.GetSection($"{IdentityOptions.Section}:Issuers").GetChildren().Select(static issuer => issuer["Issuer"]).ToHashSet();
        for (var index = 0; index < options.Transmitters.Count; index++)
        {
            Check(options.Transmitters[index], $"Revocation:Transmitters:{index}", issuers, faults);
        }

        CheckDistinct(options, "Name", static transmitter => transmitter.Name, faults);
        CheckDistinct(options, "Issuer", static transmitter => transmitter.Issuer, faults);
        EventReceiverOptions.Check(options.Receivers, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check(TransmitterOptions transmitter, string key, HashSet<string?> issuers, List<string> faults)
    {
        new IssuerCheck(transmitter.AsSigner(), key, faults).RunSigner(hasKeys: issuers.Contains(transmitter.Issuer));
        if (transmitter.SubjectIssuers.Count == 0)
        {
            faults.Add($"{key}:SubjectIssuers: name at least one issuer of tokens, of whose people it may speak.");
        }

        foreach (var unknown in transmitter.SubjectIssuers.Where(issuer => !issuers.Contains(issuer)))
        {
            faults.Add($"{key}:SubjectIssuers: '{unknown}' is the Issuer of none of Identity:Issuers.");
        }

        if (!transmitter.Push && transmitter.PollAddress is null)
        {
            faults.Add($"{key}:Push: set Push, or PollAddress; otherwise nothing of it is received.");
        }

        if (transmitter.PollAddress is { } address && (!KeyDownload.IsSafe(address) || address.UserInfo.Length > 0))
        {
            faults.Add($"{key}:PollAddress: events are fetched over https; http is accepted for loopback addresses only.");
        }

        if (transmitter.PollInterval < TimeSpan.FromSeconds(0.1) || transmitter.PollInterval > TimeSpan.FromMinutes(5))
        {
            faults.Add($"{key}:PollInterval must be from 00:00:00.1 to 00:05:00.");
        }

        CheckSecret(key, "PushSecret", transmitter.PushSecretEnvironment, transmitter.PushSecretFile, transmitter.Push, faults);
        CheckSecret(key, "PollSecret", transmitter.PollSecretEnvironment, transmitter.PollSecretFile, transmitter.PollAddress is not null, faults);
    }

    private static void CheckSecret(string key, string name, string? environment, string? file, bool isUsed, List<string> faults)
    {
        if (environment is null && file is null)
        {
            return;
        }

        if (environment is not null && file is not null)
        {
            faults.Add($"{key}: set {name}Environment or {name}File, not both.");
        }
        else if (file is not null && !File.Exists(file))
        {
            faults.Add($"{key}:{name}File names a file that does not exist.");
        }
        else if (Secrets.Read(environment, file) is not { Length: >= ShortestSecret })
        {
            faults.Add($"{key}:{name}{(file is null ? "Environment" : "File")} names no secret of at least {ShortestSecret} characters.");
        }

        if (!isUsed)
        {
            faults.Add($"{key}:{name}{(file is null ? "Environment" : "File")} has no effect: this transmitter does not {(name == "PushSecret" ? "push" : "poll")}.");
        }
    }

    private static void CheckDistinct(RevocationOptions options, string key, Func<TransmitterOptions, string> value, List<string> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < options.Transmitters.Count; index++)
        {
            if (value(options.Transmitters[index]) is { Length: > 0 } text && !seen.Add(text))
            {
                faults.Add($"Revocation:Transmitters:{index}:{key}: '{text}' is used by a transmitter above; each needs its own.");
            }
        }
    }
}
