using PolicyGateway.Cli.Login;

namespace PolicyGateway.Tests.Cli.Login;

public sealed class BrowserTests : IDisposable
{
    private static readonly Uri Address = new("https://login.example.org/auth?a=b&c=$(id)%20d'e");

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-browser-").FullName;

    [Theory]
    [InlineData("exit 3", false)]
    [InlineData("exit 0", true)]
    [InlineData("exec sleep 20", true)]
    public void Only_what_did_not_fail_has_opened_a_page(string script, bool opened)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(opened, Browser.Open(Address, Program(script)));
        }
    }

    [Fact]
    public void A_machine_without_a_browser_has_opened_no_page()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.False(Browser.Open(Address, Path.Combine(_folder, "nothing")));
        }
    }

    [Fact]
    public void The_address_is_given_as_it_is()
    {
        if (!OperatingSystem.IsWindows())
        {
            var told = Path.Combine(_folder, "told");

            Assert.True(Browser.Open(Address, Program($"printf '%s|' \"$@\" >'{told}'; exit 0")));

            Assert.StartsWith(Address.AbsoluteUri + "|", File.ReadAllText(told), StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Program(string script)
    {
        var file = Path.Combine(_folder, "opener");
        File.WriteAllText(file, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return file;
    }
}
