using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

/// <summary>Requests for access and appeals: the section <c>Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Access";

    /// <summary>Requests, appeals and keys that one person may have open at once; default 20, 1 to 1,000.</summary>
    public int MaxOpenPerPerson { get; set; } = 20;

    /// <summary>Days until an appeal should be answered; default 14, 1 to 365. One that is overdue is counted.</summary>
    public int AppealDays { get; set; } = 14;

    /// <summary>The highest tier of an API key; null takes the second of the ladder (<c>registered</c>). What a key opens beyond it, grants of its owner open.</summary>
    public string? KeyTier { get; set; }

    /// <summary>The longest emergency access in minutes; default 0, which is none, to 240.</summary>
    public int BreakGlassMinutes { get; set; }

    /// <summary>The longest life of an API key in days; default 90, 1 to 400.</summary>
    public int KeyDays { get; set; } = 90;
}

/// <summary>Names every fault of the section.</summary>
internal sealed class AccessOptionsValidator(IOptions<IdentityOptions> identity) : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var faults = new List<string>();
        if (options.MaxOpenPerPerson is < 1 or > 1_000)
        {
            faults.Add("Access:MaxOpenPerPerson must be from 1 to 1,000.");
        }

        if (options.AppealDays is < 1 or > 365)
        {
            faults.Add("Access:AppealDays must be from 1 to 365.");
        }

        if (options.BreakGlassMinutes is < 0 or > 240)
        {
            faults.Add("Access:BreakGlassMinutes must be from 0, which is off, to 240.");
        }

        if (options.KeyDays is < 1 or > 400)
        {
            faults.Add("Access:KeyDays must be from 1 to 400.");
        }

        if (options.KeyTier is { } tier && Tiers() is { } tiers && !tiers.Contains(tier))
        {
            faults.Add($"Access:KeyTier '{tier}' is no tier; the tiers are {string.Join(", ", tiers)}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Null where the section of the tiers has faults of its own, which are told where it is checked.</summary>
    private IReadOnlyList<string>? Tiers()
    {
        try
        {
            return identity.Value.TierNames();
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }
}
