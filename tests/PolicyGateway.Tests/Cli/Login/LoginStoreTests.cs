using PolicyGateway.Cli;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Tests.Cli.Login;

public sealed class LoginStoreTests : IDisposable
{
    private static readonly StoredLogin Login = new("1", "https://login.example.org", "c", null, LoginAsked.DefaultScope, "r", null);

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-store-").FullName;

    private LoginStore Store => new(Path.Combine(_folder, "login.json"), TimeProvider.System);

    [Fact]
    public void What_was_written_is_read_and_nothing_is_left_beside_it()
    {
        Assert.Null(Store.Read());

        Store.Write(Login);
        Store.Write(Login with { RefreshToken = "s" });

        Assert.Equal(Login with { RefreshToken = "s" }, Store.Read());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_that_others_may_read_is_not_used()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Store.Write(Login);
        File.SetUnixFileMode(Store.File, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Contains("chmod 600", Assert.Throws<CommandFault>(() => Store.Read()).Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", Assert.Throws<CommandFault>(() => RelayDoor.SecretOf(Store.File)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"id":"1"}""")]
    [InlineData("""{"id":"1","issuer":null,"client_id":"c","resource":null,"scope":"s","refresh_token":"r","proof_key":null}""")]
    public void A_file_that_holds_something_else_is_not_overlooked(string text)
    {
        Store.Write(Login);
        File.WriteAllText(Store.File, text);

        Assert.Throws<CommandFault>(() => Store.Read());
    }

    [Fact]
    public void A_key_that_is_too_short_is_no_key()
    {
        Store.Write(Login);
        File.WriteAllText(Store.File, "guessable");

        Assert.Throws<CommandFault>(() => RelayDoor.SecretOf(Store.File));
    }

    [Fact]
    public async Task One_at_a_time_holds_the_lock()
    {
        var first = await Store.LockAsync(CancellationToken.None);
        var second = Store.LockAsync(CancellationToken.None);
        await Task.Delay(100);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public void What_a_gateway_or_an_issuer_says_runs_nothing_when_it_is_copied_into_a_shell()
    {
        var login = Login with { Issuer = "https://x.example/$(id)", ClientId = "it's\u001b[2J" };

        Assert.Equal("policygateway login --issuer 'https://x.example/$(id)' --client-id 'it'\\''s?[2J' --dpop", login.Again(new LoginStore(LoginStore.Usual, TimeProvider.System), " --dpop"));
    }

    [Fact]
    public void A_command_to_copy_names_the_file_where_it_is_not_the_usual_one()
    {
        var store = new LoginStore(Path.Combine(_folder, "Ada's $HOME", "login.json"), TimeProvider.System);

        Assert.Equal($"policygateway login --issuer https://login.example.org --client-id c --store '{_folder}/Ada'\\''s $HOME/login.json'", Login.Again(store));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
