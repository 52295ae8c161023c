using System.Collections.Frozen;
using System.Collections.Immutable;

namespace PolicyGateway.Identity;

/// <summary>
/// Which of the gateway's interfaces an API key is for. There is no word for those of people and of operators: a key is no person, and
/// no scope makes it one.
/// </summary>
internal enum ApiScope
{
    /// <summary>To ask models, and which there are.</summary>
    Inference,

    /// <summary>To ask the classifier itself (<c>POST /v1/moderations</c>).</summary>
    Moderation,
}

/// <summary>Scopes as OAuth spells them: words with one space between (RFC 6749, 3.3).</summary>
internal static class ApiScopes
{
    /// <summary>Every word there is.</summary>
    public static readonly string All = Text([.. Enum.GetValues<ApiScope>()]);

    private static readonly FrozenDictionary<string, ApiScope> Known = Enum.GetValues<ApiScope>().ToFrozenDictionary(Word, StringComparer.Ordinal);

    public static string Text(ImmutableArray<ApiScope> scopes) => string.Join(' ', scopes.Select(Word));

    public static string Word(ApiScope scope) => scope switch
    {
        ApiScope.Inference => "inference",
        ApiScope.Moderation => "moderation",
        _ => throw new ArgumentOutOfRangeException(nameof(scope)),
    };

    /// <summary>Null where it holds no word, an unknown one, one twice, or anything between them but one space.</summary>
    public static ImmutableArray<ApiScope>? Parse(string text)
    {
        if (text.Length > All.Length)
        {
            return null;
        }

        var scopes = ImmutableArray.CreateBuilder<ApiScope>();
        foreach (var word in text.Split(' '))
        {
            if (!Known.TryGetValue(word, out var scope) || scopes.Contains(scope))
            {
                return null;
            }

            scopes.Add(scope);
        }

        return [.. scopes.Order()];
    }
}
