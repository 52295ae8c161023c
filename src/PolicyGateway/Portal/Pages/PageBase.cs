using Microsoft.AspNetCore.Components;

namespace PolicyGateway.Portal.Pages;

/// <summary>
/// What every page and its parts have at hand. Pages are public, as the compiler of templates makes them; what they show is
/// internal, and comes with the request instead of by parameters.
/// </summary>
public abstract class PageBase : ComponentBase
{
    [CascadingParameter]
    private HttpContext? Context { get; set; }

    /// <summary>Who looks at the page; null on those for somebody who is not logged in.</summary>
    private protected Visit? Visit => Context!.Features.Get<Visit>();

    private protected T Model<T>() => (T)Context!.Features.Get<Shown>()!.Model!;

    /// <summary>What to say after something was done: one of the sentences that are known.</summary>
    private protected string? Notice => Context!.Request.Query["done"] is [{ } done] ? Notices.GetValueOrDefault(done) : null;

    /// <summary>What was written into a field of the form that is shown again.</summary>
    private protected string? Written(string field, string? otherwise = null) => Visit?.Fields.Text(field) ?? otherwise;

    /// <summary>What the address of the page says.</summary>
    private protected string? Asked(string name) => LoginEndpoints.One(Context!, name);

    private static readonly Dictionary<string, string> Notices = new(StringComparer.Ordinal)
    {
        ["requested"] = "Your request was sent. Whoever decides it sees it now.",
        ["withdrawn"] = "Your request is withdrawn.",
        ["appealed"] = "Your appeal was sent.",
        ["ended"] = "The key has ended.",
        ["undone"] = "The join is undone, also in answers under way.",
        ["approved"] = "Approved.",
        ["denied"] = "Denied.",
        ["decided"] = "The appeal is decided.",
        ["granted"] = "Granted.",
        ["revoked"] = "Revoked, also in answers under way.",
        ["lifted"] = "The revocation is lifted.",
        ["reviewed"] = "That you have looked is recorded.",
        ["passed-on"] = "Passed on. It counts from now on.",
        ["taken-back"] = "Taken back, also in answers under way.",
        ["opened"] = "It is open to you. That you opened it is recorded, and somebody else looks at it.",
        ["verifying"] = "The verification has begun.",
    };
}
