using Microsoft.Extensions.Options;

namespace PolicyGateway.Privacy;

/// <summary>How long records of the store are kept after their end: the section <c>Retention</c>. What has not ended stays.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    private const int Longest = 36_500;

    /// <summary>Days that a request is kept after it was denied or withdrawn, or what it opened has ended; default 365, 0 to 36,500; 0 keeps all.</summary>
    public int RequestDays { get; set; } = 365;

    /// <summary>Days that an appeal is kept after it was decided; default 365, 0 to 36,500; 0 keeps all.</summary>
    public int AppealDays { get; set; } = 365;

    /// <summary>Days that a grant is kept after it expired or was revoked; default 365, 0 to 36,500; 0 keeps all.</summary>
    public int GrantDays { get; set; } = 365;

    /// <summary>Days that an API key's record is kept after it expired or was revoked; default 365, 0 to 36,500; 0 keeps all.</summary>
    public int KeyDays { get; set; } = 365;

    /// <summary>Names every fault of the section.</summary>
    internal sealed class Validator : IValidateOptions<RetentionOptions>
    {
        public ValidateOptionsResult Validate(string? name, RetentionOptions options)
        {
            (string Key, int Days)[] all =
                [(nameof(RequestDays), options.RequestDays), (nameof(AppealDays), options.AppealDays), (nameof(GrantDays), options.GrantDays), (nameof(KeyDays), options.KeyDays)];
            var faults = all.Where(static one => one.Days is < 0 or > Longest).Select(static one => $"Retention:{one.Key} must be from 0 to 36,500.").ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
