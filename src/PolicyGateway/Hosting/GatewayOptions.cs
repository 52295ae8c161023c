using Microsoft.Extensions.Options;

namespace PolicyGateway.Hosting;

/// <summary>Section <c>Gateway</c>: where the gateway listens, what it says of itself, and its bounds.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>The address that clients use, and the base of every address that we publish; required by <c>serve</c>.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Where inference is served.</summary>
    public string ListenUrl { get; set; } = "http://127.0.0.1:8080";

    /// <summary>Where metrics and health are served; loopback by default, and never the address of inference.</summary>
    public string ManagementUrl { get; set; } = "http://127.0.0.1:9090";

    /// <summary>Folder of the audit and of generated keys.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Where a refused caller applies for verification; left out of refusals where unset.</summary>
    public Uri? VerificationUri { get; set; }

    /// <summary>Where a refused caller appeals; left out of refusals where unset.</summary>
    public Uri? AppealUri { get; set; }

    /// <summary>Largest request body in bytes, 1 KiB to 64 MiB.</summary>
    public int MaxRequestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Longest time that a request's body may take to come, 1 s to 10 min, however steadily it does; more is answered 408.</summary>
    public TimeSpan MaxRead { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Deepest JSON nesting, 8 to 256.</summary>
    public int MaxJsonDepth { get; set; } = 64;

    /// <summary>Most completions of one request (<c>n</c>), 1 to 128.</summary>
    public int MaxChoices { get; set; } = 8;

    /// <summary>Most bytes held for one completion, 4 KiB to 256 MiB; reaching it is a refusal.</summary>
    public int MaxHeldBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Longest hold, 1 s to 1 h; reaching it is a refusal.</summary>
    public TimeSpan MaxHold { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a held stream stays silent before keep-alive comments commit the 200; 10 ms to 1 min.</summary>
    public TimeSpan SilentHold { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between keep-alive comments, 10 ms to 1 min.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Characters that must be judged behind a text before it leaves a stream in windows, 16 to 4,096: how much of what follows may
    /// change what a text means. Released text lags behind the backend by it.
    /// </summary>
    public int LookAhead { get; set; } = 200;

    /// <summary>Longest wait for a client that does not read its answer, 1 s to 10 min; then it is dropped, and the backend with it.</summary>
    public TimeSpan MaxWrite { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Most requests at once, 1 to 100,000; more are answered 503.</summary>
    public int MaxConcurrentRequests { get; set; } = 1024;

    /// <summary>Most requests of shadow mode that wait for their verdict, 1 to 100,000; more are recorded as not judged.</summary>
    public int MaxObservations { get; set; } = 1024;

    /// <summary>Most bytes of their prompts and answers, 4 KiB to 1 GiB; what would be more is recorded as not judged.</summary>
    public int MaxObservedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How long running requests may take to end when the gateway is told to stop, 0 to 10 min; then they are cut.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most that <see cref="DrainTimeout"/> may be.</summary>
    internal static TimeSpan LongestDrain { get; } = TimeSpan.FromMinutes(10);

    public sealed class Validator : IValidateOptions<GatewayOptions>
    {
        public ValidateOptionsResult Validate(string? name, GatewayOptions options)
        {
            var faults = new List<string>();
            CheckAddresses(options, faults);
            CheckRange(faults, "MaxRequestBytes", options.MaxRequestBytes, 1024, 64 * 1024 * 1024);
            CheckRange(faults, "MaxRead", options.MaxRead, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
            CheckRange(faults, "MaxJsonDepth", options.MaxJsonDepth, 8, 256);
            CheckRange(faults, "MaxChoices", options.MaxChoices, 1, 128);
            CheckRange(faults, "MaxHeldBytes", options.MaxHeldBytes, 4096, 256 * 1024 * 1024);
            CheckRange(faults, "MaxWrite", options.MaxWrite, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
            CheckRange(faults, "LookAhead", options.LookAhead, 16, 4096);
            CheckRange(faults, "MaxConcurrentRequests", options.MaxConcurrentRequests, 1, 100_000);
            CheckRange(faults, "MaxObservations", options.MaxObservations, 1, 100_000);
            CheckRange(faults, "MaxObservedBytes", options.MaxObservedBytes, 4096, 1024 * 1024 * 1024);
            CheckRange(faults, "MaxHold", options.MaxHold, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
            CheckRange(faults, "SilentHold", options.SilentHold, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
            CheckRange(faults, "KeepAliveInterval", options.KeepAliveInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
            CheckRange(faults, "DrainTimeout", options.DrainTimeout, TimeSpan.Zero, LongestDrain);
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }

        private static void CheckAddresses(GatewayOptions options, List<string> faults)
        {
            if (options.PublicUrl is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            {
                faults.Add("Gateway:PublicUrl must be the absolute http(s) address that clients use; it is the base of every address that the gateway publishes.");
            }

            foreach (var (key, value) in new[] { ("ListenUrl", options.ListenUrl), ("ManagementUrl", options.ManagementUrl) })
            {
                if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                {
                    faults.Add($"Gateway:{key} must be an address such as http://127.0.0.1:8080.");
                }
            }

            // The port tells the two apart, so it must be known and its own.
            if (Uri.TryCreate(options.ManagementUrl, UriKind.Absolute, out var management)
                && (management.Port == 0 || (Uri.TryCreate(options.ListenUrl, UriKind.Absolute, out var listen) && listen.Port == management.Port)))
            {
                faults.Add("Gateway:ManagementUrl must have a port of its own: not 0, and not that of Gateway:ListenUrl.");
            }

            foreach (var (key, uri) in new[] { ("VerificationUri", options.VerificationUri), ("AppealUri", options.AppealUri) })
            {
                if (uri is not null && uri is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
                {
                    faults.Add($"Gateway:{key} must be an absolute http(s) address, or be left out.");
                }
            }

            if (string.IsNullOrWhiteSpace(options.DataDirectory))
            {
                faults.Add("Gateway:DataDirectory must name a folder.");
            }
        }

        private static void CheckRange<T>(List<string> faults, string key, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                faults.Add($"Gateway:{key} must be from {least} to {most}.");
            }
        }
    }
}
