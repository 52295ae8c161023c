namespace PolicyGateway.Cli.Login;

/// <summary>Has a provider end a login that nobody needs any more (RFC 7009), and says whether it did.</summary>
internal static class LoginEnd
{
    /// <summary>Returns why the provider has not; null where it has, or has no way to.</summary>
    /// <param name="which">Whose end it is, as in "the login".</param>
    /// <param name="revoke">Asks the provider; false where it has no way to.</param>
    /// <param name="progress">Where it is said.</param>
    public static async Task<Exception?> TryAsync(string which, Func<Task<bool>> revoke, TextWriter progress)
    {
        Exception why;
        try
        {
            await progress.WriteLineAsync(await revoke()
                ? $"The provider has ended {which}."
                : $"The provider has no way to end a login from here; end {which} on the provider's own page.");
            return null;
        }
        catch (Exception fault) when (fault is CommandFault or LoginRefused)
        {
            why = fault;
        }
        catch (OperationCanceledException)
        {
            await SayAsync();
            throw;
        }

        await SayAsync();
        return why;

        Task SayAsync() => progress.WriteLineAsync($"The provider has not ended {which}; end it on the provider's own page.");
    }

    /// <summary>Revokes a kept login's refresh token; false where its provider has no way to.</summary>
    /// <exception cref="LoginRefused">The provider said no.</exception>
    /// <exception cref="CommandFault">The provider does not answer.</exception>
    public static async Task<bool> RevokeAsync(HttpClient http, StoredLogin login, CancellationToken cancellationToken)
    {
        var provider = await LoginProvider.DiscoverAsync(http, login.Issuer, login.ClientId, key: null, cancellationToken);
        return await provider.RevokeAsync(login.RefreshToken, cancellationToken);
    }
}
