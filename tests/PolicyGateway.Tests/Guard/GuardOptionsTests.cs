using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Guard;

namespace PolicyGateway.Tests.Guard;

public sealed class GuardOptionsTests
{
    private readonly Dictionary<string, string?> _settings = new()
    {
        ["Guard:Endpoint"] = "https://guard.example/v1/chat/completions",
        ["Guard:Model"] = "llama-guard",
    };

    [Fact]
    public void An_endpoint_and_a_model_are_enough() => Assert.Equal(TimeSpan.FromSeconds(2), Read().Deadline);

    [Fact]
    public void Nothing_at_all_is_no_guard()
    {
        _settings.Clear();
        Assert.Null(Read().Endpoint);
    }

    [Theory]
    [InlineData("Endpoint", "guard.example", "Guard:Endpoint must be the http(s) address")]
    [InlineData("Endpoint", "", "Guard:Endpoint must be the http(s) address")]
    [InlineData("Endpoint", "ftp://guard.example", "Guard:Endpoint must be the http(s) address")]
    [InlineData("Endpoint", "https://a:b@guard.example/", "Guard:Endpoint must be the http(s) address")]
    [InlineData("Endpoint", null, "Guard:Endpoint is missing")]
    [InlineData("Model", " ", "Guard:Model is missing")]
    [InlineData("Format", "Words", "Guard:Format holds a value that cannot be read")]
    [InlineData("Format", "7", "Guard:Format must be one of LlamaGuard, Policy")]
    [InlineData("Format", "Policy", "Guard:PolicyFile must name a text file")]
    [InlineData("PolicyFile", "policy.txt", "Guard:PolicyFile is read for Guard:Format Policy only")]
    [InlineData("ApiKeyEnvironment", "NO_SUCH_VARIABLE", "Guard:ApiKeyEnvironment names the variable")]
    [InlineData("ApiKeyFile", "/no/such/file", "Guard:ApiKeyFile names a file that does not exist")]
    [InlineData("ApiKeyHeader", "x-key", "Guard:ApiKeyHeader must be one of")]
    [InlineData("Deadline", "00:02:00", "Guard:Deadline must be from")]
    [InlineData("Deadline", "soon", "Guard:Deadline holds a value that cannot be read")]
    [InlineData("Concurrency", "0", "Guard:Concurrency must be from 1 to 1024")]
    [InlineData("CallsPerMinute", "0", "Guard:CallsPerMinute must be from 1 to 1000000")]
    [InlineData("MaxCharacters", "99", "Guard:MaxCharacters must be from 100 to 4000000")]
    [InlineData("MaxTokens", "3", "Guard:MaxTokens must be from 4 to 100000")]
    [InlineData("Modle", "x", "Guard:Modle is no setting")]
    public void Each_fault_is_named_by_its_key(string key, string? value, string fault)
    {
        if (value is null)
        {
            _settings.Remove("Guard:" + key);
        }
        else
        {
            _settings["Guard:" + key] = value;
        }

        Assert.StartsWith(fault, Assert.Single(Assert.Throws<OptionsValidationException>(Read).Failures.Distinct()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        _settings["Guard:Model"] = "";
        _settings["Guard:Deadline"] = "00:00:00";
        _settings["Guard:Concurrency"] = "-1";

        Assert.Equal(3, Assert.Throws<OptionsValidationException>(Read).Failures.Count());
    }

    private GuardOptions Read()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_settings).Build();
        using var provider = new ServiceCollection().AddGuard(configuration).BuildServiceProvider();
        return provider.GetRequiredService<IOptions<GuardOptions>>().Value;
    }
}
