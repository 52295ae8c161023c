using System.Net;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>What becomes, at the provider, of logins that are kept no longer, or cannot be kept.</summary>
public sealed class KeptLoginTests(LoginGateway gateway) : IClassFixture<LoginGateway>
{
    [Fact]
    public async Task Where_a_login_cannot_be_kept_nobody_is_asked_to_log_in()
    {
        var (folder, beneath, others) = (gateway.NewStore(), gateway.NewStore(), gateway.NewStore());
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(others)!);
        await File.WriteAllTextAsync(others, "something else");
        beneath = Path.Combine(others, beneath[gateway.Folder.Length..].TrimStart('/', '\\'));

        foreach (var store in new[] { folder, beneath, others })
        {
            var (code, _, error) = await LoginGateway.RunAsync(gateway.Login(store)).WaitAsync(TimeSpan.FromSeconds(20));

            Assert.Equal(2, code);
            Assert.StartsWith("--store: ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("Log in at", error, StringComparison.Ordinal);
        }

        Assert.Equal("something else", await File.ReadAllTextAsync(others));
    }

    [Fact]
    public async Task A_login_that_could_not_be_kept_after_all_is_ended_at_the_provider()
    {
        var (store, ended) = (gateway.NewStore(), Ended());
        using var command = new RunningCommand(gateway.Login(store));
        var asked = await command.Error.WaitForAsync(LoginTests.LoginPage);
        Directory.CreateDirectory(store);

        await SomebodyAtProvider.FollowAsync(asked, "ada");

        Assert.Equal(2, await command.Ended);
        await WaitForAsync(ended + 1);
        Assert.Contains("cannot be written", command.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("The provider has ended this login.", command.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_another_replaces_is_ended_at_the_provider()
    {
        var store = gateway.NewStore();
        using var first = await gateway.LogInAsync(store, "ada");
        var (replaced, ended) = (LoginGateway.Stored(store), Ended());

        using var second = await gateway.LogInAsync(store, "ada");

        await WaitForAsync(ended + 1);
        Assert.Contains("The provider has ended the login before.", second.Error.ToString(), StringComparison.Ordinal);
        var (newer, older) = (gateway.NewStore(), gateway.NewStore());
        new LoginStore(newer, TimeProvider.System).Write(LoginGateway.Stored(store));
        new LoginStore(older, TimeProvider.System).Write(replaced);
        await using var living = await gateway.ServeAsync(newer);
        await using var dead = await gateway.ServeAsync(older);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), ((await living.WhoAsync()).Status, (await dead.WhoAsync()).Status));
    }

    [Fact]
    public async Task A_login_before_that_cannot_be_ended_is_named_and_keeps_nobody_from_logging_in()
    {
        var store = gateway.NewStore();
        new LoginStore(store, TimeProvider.System).Write(new StoredLogin("1", "http://127.0.0.1:1", "c", null, "openid", "r", null));

        using var command = await gateway.LogInAsync(store, "ada");

        Assert.Contains("The provider has not ended the login before; end it on the provider's own page.", command.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(gateway.Provider.Issuer, LoginGateway.Stored(store).Issuer);
    }

    /// <summary>The provider's lines come by a pipe, and so a little later than its answers.</summary>
    private async Task WaitForAsync(int ended)
    {
        for (var waited = 0; Ended() < ended; waited++)
        {
            Assert.True(waited < 500, "The provider was not told to end the login.");
            await Task.Delay(20);
        }

        Assert.Equal(ended, Ended());
    }

    private int Ended() => gateway.Provider.Said.Count(static line => line == "revoked a grant");
}
