using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Outgoing;
using PolicyGateway.Outgoing.Webhooks;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Outgoing;

public sealed class OutgoingOptionsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public OutgoingOptionsTests() => File.WriteAllText(_file, OutboxHost.WebhookSecret + "\n");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Nothing_is_needed()
    {
        Assert.Empty(FaultsOf<WebhookOptions>(new { }));
        Assert.Empty(FaultsOf<RevocationOptions>(new { }));
        Assert.Empty(FaultsOf<OutboxOptions>(new { }));
    }

    [Fact]
    public void A_receiver_that_is_sound_is_taken() => Assert.Empty(FaultsOf<WebhookOptions>(new
    {
        Webhooks = new
        {
            Receivers = new object[]
            {
                new { Name = "crm", Url = "https://crm.example/hook?tenant=1", Events = new[] { "request.*", "appeal.decided" }, SecretFile = _file },
                new { Name = "local", Url = "http://127.0.0.1:9/hook", Events = new[] { "*" }, SecretFile = _file, IncludePersons = true },
            },
        },
    }));

    [Fact]
    public void Every_fault_of_webhooks_is_named_at_once_with_its_key()
    {
        var faults = FaultsOf<WebhookOptions>(new
        {
            Webhooks = new
            {
                Receivers = new object[]
                {
                    new { },
                    new { Name = "a", Url = "http://crm.example/hook", Events = new[] { "request.*", "request.lost" }, SecretEnvironment = "X", SecretFile = _file },
                    new { Name = "a", Url = "https://user:password@crm.example/hook", Events = new[] { "request" }, SecretFile = "/no/such/file" },
                    new { Name = "b c", Url = "https://crm.example/#x", Events = new[] { "*" }, SecretFile = _file },
                },
            },
        });

        AssertNamed(
            faults, "Webhooks:Receivers",
            "0:Name", "0:Url", "0:Events:", "0:SecretEnvironment names no", "1:Url", "1:Events:1", "1: set SecretEnvironment or SecretFile", "2:Name", "2:Url", "2:Events:0", "2:SecretFile names a file", "3:Name", "3:Url");
    }

    [Fact]
    public void A_secret_does_not_stand_in_the_configuration() =>
        Assert.Contains(FaultsOf<WebhookOptions>(new { Webhooks = new { Receivers = new[] { new { Name = "crm", Secret = OutboxHost.WebhookSecret } } } }), static fault =>
            fault.StartsWith("Webhooks:Receivers:0:Secret is no setting, or holds one that is none", StringComparison.Ordinal) && !fault.Contains(OutboxHost.WebhookSecret, StringComparison.Ordinal));

    [Theory]
    [InlineData("too short")]
    [InlineData("whsec_dG9vIHNob3J0")]
    [InlineData("whsec_not base64 at all, however long it may be")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("")]
    public void A_secret_that_is_none_is_named_and_not_shown(string secret)
    {
        File.WriteAllText(_file, secret);

        var fault = Assert.Single(FaultsOf<WebhookOptions>(new { Webhooks = new { Receivers = new[] { new { Name = "crm", Url = "https://crm.example/hook", Events = new[] { "*" }, SecretFile = _file } } } }));

        Assert.StartsWith("Webhooks:Receivers:0:SecretFile names no secret", fault, StringComparison.Ordinal);
        Assert.True(secret.Length == 0 || !fault.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_fault_of_receivers_of_events_is_named_at_once_with_its_key()
    {
        File.WriteAllText(_file, "short");

        var faults = FaultsOf<RevocationOptions>(new
        {
            Revocation = new
            {
                Receivers = new object[]
                {
                    new { },
                    new { Name = "a", Audience = "x", PushUrl = "http://a.example/sets", BearerSecretFile = _file, Events = new[] { "session-revoked", "session-lost" } },
                    new { Name = "a", Audience = "x", PushUrl = "https://a.example/sets", BearerSecretEnvironment = "NO_SUCH_VARIABLE_HERE" },
                },
            },
        });

        AssertNamed(
            faults, "Revocation:Receivers",
            "0:Name", "0:Audience", "0:PushUrl", "1:PushUrl", "1:BearerSecretFile names no", "1:Events:1", "2:Name", "2:BearerSecretEnvironment names no");
    }

    [Fact]
    public void Bounds_that_are_none_are_named() =>
        AssertNamed(FaultsOf<OutboxOptions>(new { Outbox = new { KeepFor = "00:00:01", MaxWaiting = 1 } }), "Outbox", "KeepFor", "MaxWaiting");

    private static void AssertNamed(IReadOnlyList<string> faults, string section, params string[] keys)
    {
        Assert.All(keys, key => Assert.Contains(faults, fault => fault.StartsWith($"{section}:{key}", StringComparison.Ordinal)));
        Assert.True(keys.Length == faults.Count, string.Join('\n', faults));
    }

    private static IReadOnlyList<string> FaultsOf<TOptions>(object settings)
        where TOptions : class
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(settings)))).Build();
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<Microsoft.Extensions.Hosting.IHostEnvironment>(new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { ContentRootPath = Path.GetTempPath() });
        services.AddRevocation(configuration);
        services.AddOutgoing(configuration);
        using var provider = services.BuildServiceProvider();
        try
        {
            _ = provider.GetRequiredService<IOptions<TOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException fault)
        {
            return [.. fault.Failures];
        }
    }
}
