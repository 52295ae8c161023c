using Microsoft.Extensions.Options;

namespace PolicyGateway.Access;

/// <summary>Requests for access and appeals: the section <c>Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Access";

    /// <summary>Requests, and appeals, that one person may have open at once; default 20, 1 to 1,000.</summary>
    public int MaxOpenPerPerson { get; set; } = 20;

    /// <summary>Days until an appeal should be answered; default 14, 1 to 365. One that is overdue is counted.</summary>
    public int AppealDays { get; set; } = 14;
}

/// <summary>Names every fault of the section.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
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

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
