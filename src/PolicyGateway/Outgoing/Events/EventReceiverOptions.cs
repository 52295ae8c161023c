namespace PolicyGateway.Outgoing.Events;

/// <summary>One receiver of this gateway's own security event tokens, of <c>Revocation:Receivers</c>.</summary>
internal sealed class EventReceiverOptions
{
    /// <summary>What metrics and logs call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The <c>aud</c> of its tokens.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Where tokens are pushed (RFC 8935); https, http on loopback only.</summary>
    public Uri? PushUrl { get; set; }

    /// <summary>The bearer secret to push with, in this environment variable; or see <see cref="BearerSecretFile"/>; or none, where the signature is proof enough.</summary>
    public string? BearerSecretEnvironment { get; set; }

    /// <summary>The same in this file, white space at its ends ignored; relative to the content root.</summary>
    public string? BearerSecretFile { get; set; }

    /// <summary>Which events it gets: <c>session-revoked</c>, <c>risk-level-change</c>; empty means both.</summary>
    public List<string> Events { get; set; } = [];

    /// <summary>Adds the faults of all receivers.</summary>
    public static void Check(IReadOnlyList<EventReceiverOptions> receivers, List<string> faults)
    {
        const string section = "Revocation:Receivers";
        ReceiverCheck.Names([.. receivers.Select(static receiver => receiver.Name)], section, faults);
        for (var index = 0; index < receivers.Count; index++)
        {
            var (receiver, key) = (receivers[index], $"{section}:{index}");
            if (string.IsNullOrWhiteSpace(receiver.Audience))
            {
                faults.Add($"{key}:Audience is missing: whom its tokens are meant for, as it knows itself.");
            }

            ReceiverCheck.Address(receiver.PushUrl, $"{key}:PushUrl", faults);
            if (receiver.BearerSecretEnvironment is not null || receiver.BearerSecretFile is not null)
            {
                ReceiverCheck.Secret(key, "BearerSecret", receiver.BearerSecretEnvironment, receiver.BearerSecretFile, FaultOf, faults);
            }

            faults.AddRange(receiver.Events.Select(static (name, place) => (name, place)).Where(static named => !SecurityEventBody.Names.Contains(named.name))
                .Select(named => $"{key}:Events:{named.place}: '{named.name}' is no event; the events are {string.Join(", ", SecurityEventBody.Names)}."));
        }
    }

    private static string? FaultOf(string secret) =>
        secret.Length < 16 || secret.Any(static c => c is <= ' ' or > '~') ? "names no secret of at least 16 printable characters without spaces." : null;
}
