using System.CommandLine;
using PolicyGateway.Cli;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

public sealed class DevelopmentIssuerTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("policygateway-tests-").FullName;

    [Fact]
    public async Task Its_tokens_pass_where_its_issuer_is_configured()
    {
        using var issuer = DevelopmentIssuer.Open(_data, TimeProvider.System);
        using var host = Host(issuer);
        using var now = DevelopmentIssuer.Open(_data, host.Clock);

        var caller = (await host.ReadAsync(now.Issue(new DevelopmentToken("professional")
        {
            Credentials = ["security-professional", "life-sciences"],
            Subject = "ada",
            Tenant = "acme",
            Organisation = "Acme",
            Acr = "phr",
        }))).Caller!;

        Assert.Equal(("professional", "ada", "acme", "Acme", "phr"), (caller.Tier.Name, caller.Subject, caller.Tenant, caller.Organisation, caller.Acr));
        Assert.Equal(["security-professional"], caller.Credentials.Select(credential => credential.Name));
        Assert.Equal(host.Clock.GetUtcNow(), caller.AuthTime);
    }

    [Fact]
    public async Task Another_data_folders_tokens_do_not_pass()
    {
        using var issuer = DevelopmentIssuer.Open(_data, TimeProvider.System);
        using var host = Host(issuer);
        using var other = DevelopmentIssuer.Open(Path.Combine(_data, "other"), host.Clock);

        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(other.Issue(new DevelopmentToken("professional")))).Fault);
    }

    [Fact]
    public void Its_key_is_made_once_and_readable_by_the_owner_only()
    {
        Parallel.For(0, 8, _ => DevelopmentIssuer.Open(_data, TimeProvider.System).Dispose());
        var file = Assert.Single(Directory.GetFiles(_data));
        var before = File.ReadAllText(file);

        DevelopmentIssuer.Open(_data, TimeProvider.System).Dispose();

        Assert.Equal(before, File.ReadAllText(file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Its_key_file_does_not_do_for_an_ordinary_issuer()
    {
        using var issuer = DevelopmentIssuer.Open(_data, TimeProvider.System);
        using var host = new IdentityHost(
            options =>
            {
                options.Issuers.Add(issuer.AsIssuer([]));
                options.Issuers[0].Development = false;
            },
            "Development");

        Assert.Contains("Identity:Issuers:0:JwksFile", Assert.ThrowsAny<Exception>(() => host.Options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_command_prints_a_token_and_nothing_else()
    {
        var (exit, output, _) = Run("--tier", "verified", "--credential", "security-professional", "--credential", "life-sciences", "--lifetime", "2h", "--subject", "bob", "--tenant", "t1", "--audience", "a1");
        Assert.Equal(0, exit);
        using var issuer = DevelopmentIssuer.Open(_data, TimeProvider.System);
        using var host = Host(issuer, "a1", DateTimeOffset.UtcNow + TimeSpan.FromMinutes(119));

        var caller = (await host.ReadAsync(output.TrimEnd())).Caller!;

        Assert.Equal(("verified", "bob", "t1"), (caller.Tier.Name, caller.Subject, caller.Tenant));
        Assert.Equal(1, output.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("8d")]
    [InlineData("1")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("99999999999h")]
    [InlineData("1 hour")]
    public void The_token_command_names_a_bad_lifetime(string lifetime)
    {
        var (exit, output, error) = Run("--lifetime=" + lifetime);

        Assert.NotEqual(0, exit);
        Assert.Contains("--lifetime", error, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private static IdentityHost Host(DevelopmentIssuer issuer, string audience = DevelopmentIssuer.DefaultAudience, DateTimeOffset? now = null) =>
        new(options => options.Issuers.Add(issuer.AsIssuer(["security-professional"], audience: audience)), "Development", now: now);

    private (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { TokenCommand.Create() };
        var exit = root.Parse(["token", "--data", _data, .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (exit, output.ToString(), error.ToString());
    }
}
