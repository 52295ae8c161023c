using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Inference;

/// <summary>Section <c>Moderations</c>: whether callers may ask the classifier itself, who, and how often.</summary>
internal sealed class ModerationsOptions
{
    public const string Section = "Moderations";

    /// <summary>Whether <c>POST /v1/moderations</c> exists.</summary>
    public bool Enabled { get; set; }

    /// <summary>The lowest tier that may ask, one of <c>Identity:Tiers</c>; required where it is enabled.</summary>
    public string? Tier { get; set; }

    /// <summary>Most texts that one caller may ask about in a minute, 1 to 100,000.</summary>
    public int TextsPerMinute { get; set; } = 60;

    /// <summary>Most texts of one request, 1 to 1,024, and no more than <see cref="TextsPerMinute"/>.</summary>
    public int MaxInputs { get; set; } = 32;

    public sealed class Validator(IConfiguration configuration) : IValidateOptions<ModerationsOptions>
    {
        public ValidateOptionsResult Validate(string? name, ModerationsOptions options)
        {
            var faults = new List<string>();

            // Not the ladder in service: faults of Identity must not hide those of this section.
            var ladder = new TierLadder((configuration.GetSection(IdentityOptions.Section).Get<IdentityOptions>() ?? new IdentityOptions()).TierNames().Distinct());
            if (options.Tier is null ? options.Enabled : !ladder.TryGet(options.Tier, out _))
            {
                faults.Add("Moderations:Tier must be one of Identity:Tiers: the lowest that may ask the classifier.");
            }

            if (options.TextsPerMinute is < 1 or > 100_000)
            {
                faults.Add("Moderations:TextsPerMinute must be from 1 to 100000.");
            }

            if (options.MaxInputs is < 1 or > 1024 || options.MaxInputs > options.TextsPerMinute)
            {
                faults.Add("Moderations:MaxInputs must be from 1 to 1024, and no more than Moderations:TextsPerMinute.");
            }

            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
