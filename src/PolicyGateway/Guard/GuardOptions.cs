using Microsoft.Extensions.Options;
using PolicyGateway.Forwarding;

namespace PolicyGateway.Guard;

/// <summary>How a guard model is asked, and how it answers.</summary>
internal enum GuardFormat
{
    /// <summary>The exchange as a chat; <c>safe</c>, or <c>unsafe</c> and a line of categories.</summary>
    LlamaGuard,

    /// <summary>A policy of the operator as the system's message, the text as the user's; a JSON object with <c>violation</c>, 0 or 1.</summary>
    Policy,
}

/// <summary>Section <c>Guard</c>: a guard model behind a chat completions endpoint that decides what the classifier is in doubt about. Off without an endpoint.</summary>
internal sealed class GuardOptions
{
    public const string Section = "Guard";

    /// <summary>The address of its chat completions, path included, such as <c>http://guard:8000/v1/chat/completions</c>; unset: no guard.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The model's name there; required where there is an endpoint.</summary>
    public string Model { get; set; } = "";

    /// <summary>How it is asked and how it answers.</summary>
    public GuardFormat Format { get; set; } = GuardFormat.LlamaGuard;

    /// <summary>The policy that it is given, a text file; required for <see cref="GuardFormat.Policy"/> and for no other.</summary>
    public string? PolicyFile { get; set; }

    /// <summary>Its API key in this environment variable; or see <see cref="ApiKeyFile"/>; or none.</summary>
    public string? ApiKeyEnvironment { get; set; }

    /// <summary>Its API key in this file, white space at its ends ignored.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Where it wants its key, one of <see cref="BackendKey.Headers"/>.</summary>
    public string ApiKeyHeader { get; set; } = "Authorization";

    /// <summary>Longest wait for an answer, 10 ms to 1 min; a later one does not count.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most questions at once, 1 to 1,024; more are not asked.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>Most questions in a minute, 1 to 1,000,000; more are not asked.</summary>
    public int CallsPerMinute { get; set; } = 600;

    /// <summary>The longest text that it is asked about, its prompt included, 100 to 4,000,000 UTF-16 characters; nothing is cut for it.</summary>
    public int MaxCharacters { get; set; } = 16_000;

    /// <summary>Most tokens of its answer, reasoning included, 4 to 100,000.</summary>
    public int MaxTokens { get; set; } = 512;

    public sealed class Validator : IValidateOptions<GuardOptions>
    {
        public ValidateOptionsResult Validate(string? name, GuardOptions options)
        {
            var faults = new List<string>();
            if (options.Endpoint is not null)
            {
                CheckEndpoint(options, faults);
            }
            else if (options.Model.Length > 0)
            {
                faults.Add("Guard:Endpoint is missing: without it there is no guard, and Guard:Model names none.");
            }

            CheckFormat(options, faults);
            faults.AddRange(BackendKey.Faults(Section, options.ApiKeyEnvironment, options.ApiKeyFile, options.ApiKeyHeader));
            if (options.Deadline < TimeSpan.FromMilliseconds(10) || options.Deadline > TimeSpan.FromMinutes(1))
            {
                faults.Add("Guard:Deadline must be from 00:00:00.010 to 00:01:00.");
            }

            CheckRange(faults, nameof(Concurrency), options.Concurrency, 1, 1024);
            CheckRange(faults, nameof(CallsPerMinute), options.CallsPerMinute, 1, 1_000_000);
            CheckRange(faults, nameof(MaxCharacters), options.MaxCharacters, 100, 4_000_000);
            CheckRange(faults, nameof(MaxTokens), options.MaxTokens, 4, 100_000);
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }

        private static void CheckEndpoint(GuardOptions options, List<string> faults)
        {
            if (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            {
                faults.Add("Guard:Endpoint must be the http(s) address of a chat completions endpoint, without user and password.");
            }

            if (string.IsNullOrWhiteSpace(options.Model))
            {
                faults.Add("Guard:Model is missing: name the model as the endpoint calls it.");
            }
        }

        private static void CheckFormat(GuardOptions options, List<string> faults)
        {
            if (!Enum.IsDefined(options.Format))
            {
                faults.Add($"Guard:Format must be one of {string.Join(", ", Enum.GetNames<GuardFormat>())}.");
            }

            if (options.Format != GuardFormat.Policy && options.PolicyFile is not null)
            {
                faults.Add("Guard:PolicyFile is read for Guard:Format Policy only.");
            }
            else if (options.Format == GuardFormat.Policy && (!File.Exists(options.PolicyFile) || new FileInfo(options.PolicyFile).Length == 0))
            {
                faults.Add("Guard:PolicyFile must name a text file that holds the policy.");
            }
        }

        private static void CheckRange(List<string> faults, string key, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                faults.Add(FormattableString.Invariant($"Guard:{key} must be from {least} to {most}."));
            }
        }
    }
}
