using Microsoft.Extensions.Options;

namespace PolicyGateway.Outgoing;

/// <summary>How long messages to others wait, and how many: the section <c>Outbox</c>.</summary>
internal sealed class OutboxOptions
{
    public const string Section = "Outbox";

    /// <summary>How long it is tried to deliver a message; default 24 h, 1 min to 7 days. Then it is dropped.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How many messages may wait for one receiver; default 10,000, 10 to 100,000. Those that would be more are dropped.</summary>
    public int MaxWaiting { get; set; } = 10_000;
}

/// <summary>Names every fault of the section.</summary>
internal sealed class OutboxOptionsValidator : IValidateOptions<OutboxOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboxOptions options)
    {
        var faults = new List<string>();
        if (options.KeepFor < TimeSpan.FromMinutes(1) || options.KeepFor > TimeSpan.FromDays(7))
        {
            faults.Add("Outbox:KeepFor must be from 00:01:00 to 7.00:00:00.");
        }

        if (options.MaxWaiting is < 10 or > 100_000)
        {
            faults.Add("Outbox:MaxWaiting must be from 10 to 100,000.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
