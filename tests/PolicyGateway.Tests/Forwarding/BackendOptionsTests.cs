using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Forwarding;

namespace PolicyGateway.Tests.Forwarding;

public sealed class BackendOptionsTests
{
    private readonly Dictionary<string, string?> _settings = new()
    {
        ["Backends:Clusters:main:Destinations:0"] = "https://a.example.com",
        ["Backends:Models:large:Cluster"] = "main",
        ["Backends:Models:small:Cluster"] = "main",
    };

    [Fact]
    public void A_destination_is_an_address_or_an_object()
    {
        Set("Clusters:main:Destinations:1:Address", "https://b.example.com");
        Set("Clusters:main:Destinations:1:Weight", "3");
        Set("Clusters:main:Destinations:2", "https://c.example.com");

        var destinations = Read().Clusters["main"].Destinations;

        Assert.Equal(["https://a.example.com", "https://b.example.com", "https://c.example.com"], destinations.Select(one => one.Address));
        Assert.Equal([1, 3, 1], destinations.Select(one => one.Weight));
    }

    [Theory]
    [InlineData("Clusters:main:Destinations:0", "a.example.com", "Destinations:0 must be an http(s) address")]
    [InlineData("Clusters:main:Destinations:0:Weight", "2", "Destinations:0 must be an address or an object")]
    [InlineData("Clusters:main:Destinations:1:Weight", "2", "Destinations:1 must be an http(s) address")]
    [InlineData("Clusters:main:Destinations:1:Wieght", "2", "check its spelling")]
    [InlineData("MaxAttempts", "0", "Backends:MaxAttempts must be from 1 to 10")]
    [InlineData("RetryBudget", "1.5", "Backends:RetryBudget must be from 0 to 1")]
    [InlineData("RetryBudget", "NaN", "Backends:RetryBudget must be from 0 to 1")]
    [InlineData("Clusters:main:ResponseTimeout", "00:00:00.5", "Backends:Clusters:main:ResponseTimeout must be from 00:00:01 to 01:00:00")]
    [InlineData("Clusters:main:CircuitBreaker:FailureRatio", "0", "Backends:Clusters:main:CircuitBreaker:FailureRatio must be from 0.01 to 1")]
    [InlineData("Clusters:main:CircuitBreaker:MinimumRequests", "1", "CircuitBreaker:MinimumRequests must be from 2 to 10000")]
    [InlineData("Clusters:main:CircuitBreaker:Window", "00:20:00", "CircuitBreaker:Window must be from 00:00:01 to 00:10:00")]
    [InlineData("Clusters:main:CircuitBreaker:BreakDuration", "00:00:00", "CircuitBreaker:BreakDuration must be from 00:00:01 to 01:00:00")]
    [InlineData("Clusters:main:Signals:0:Annotation", "hate", "Backends:Clusters:main:Signals:0:Head must be one of cyber, bio")]
    [InlineData("Clusters:main:Signals:0:Header", "x-score", "Backends:Clusters:main:Signals:0:Head must be one of cyber, bio")]
    [InlineData("Clusters:main:Signals:0:Head", "cyber", "Backends:Clusters:main:Signals:0 must have an Annotation or a Header, and not both")]
    [InlineData("Clusters:main:Signals:0:Hed", "cyber", "check its spelling")]
    [InlineData("Clusters:main:SafetyIdentifier", "name", "Backends:Clusters")]
    [InlineData("Clusters:main:SafetyIdentifier", "7", "Backends:Clusters:main:SafetyIdentifier must be Auto, None or Pseudonym")]
    [InlineData("Clusters:main:LoadBalancing", "HashCookie", "Backends:Clusters:main:LoadBalancing must be one of Weighted")]
    [InlineData("Models:large:Aliases:0", "small", "'small' is taken by Backends:Models:small")]
    [InlineData("Models:large:Aliases:0", "LARGE", "'LARGE' is taken by Backends:Models:large")]
    [InlineData("Models:large:Aliases:0", " ", "Backends:Models:large:Aliases:0 must be a name")]
    [InlineData("Models:large:Upstream", "small", "Backends:Models:large:Upstream must differ from that of 'small'")]
    [InlineData("Models:large:Upstream", "", "Backends:Models:large:Upstream must be a name")]
    [InlineData("Models:large:Fallbacks:0", "large", "Backends:Models:large:Fallbacks:0 must be another of Backends:Models")]
    [InlineData("Models:large:Fallbacks:0", "nobody", "Backends:Models:large:Fallbacks:0 must be another of Backends:Models")]
    public void A_fault_is_named_by_its_key(string key, string value, string fault)
    {
        Set(key, value);

        var faults = Assert.Throws<OptionsValidationException>(Read).Failures;

        Assert.Contains(faults, seen => seen.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://api.openai.com", null, "auto", true)]
    [InlineData("https://API.OpenAI.com:443/base", null, null, true)]
    [InlineData("https://api.anthropic.com", "https://api.openai.com", null, true)]
    [InlineData("https://api.anthropic.com", "https://b.example.com", null, false)]
    [InlineData("https://api.openai.com.example.com", null, null, false)]
    [InlineData("https://api.openai.com@example.com", null, null, false)]
    [InlineData("https://a.example.com", null, "pseudonym", true)]
    [InlineData("https://api.openai.com", null, "none", false)]
    public void Servers_that_ask_who_the_end_user_is_are_told_unless_it_says_otherwise(string first, string? second, string? setting, bool sends)
    {
        Set("Clusters:main:Destinations:0", first);
        Set("Clusters:main:Destinations:1", second ?? first + "/other");
        _settings["Backends:Clusters:main:SafetyIdentifier"] = setting ?? "auto";

        var cluster = new BackendOptions();
        new ConfigurationBuilder().AddInMemoryCollection(_settings).Build().GetSection(BackendOptions.Section).Bind(cluster);

        Assert.Equal(sends, cluster.Clusters["main"].SendsPseudonym);
        Assert.Equal(SafetyIdentifier.Auto, new ClusterOptions().SafetyIdentifier);
    }

    [Fact]
    public void Weight_and_priority_have_bounds_and_weights_need_the_policy_that_knows_them()
    {
        Set("Clusters:main:Destinations:1:Address", "https://b.example.com");
        Set("Clusters:main:Destinations:1:Weight", "0");
        Set("Clusters:main:Destinations:1:Priority", "-1");
        Set("Clusters:main:LoadBalancing", "LeastRequests");

        var faults = Assert.Throws<OptionsValidationException>(Read).Failures.ToList();

        Assert.Equal(3, faults.Count);
        Assert.Contains("Backends:Clusters:main:Destinations:1:Weight must be from 1 to 1000.", faults);
        Assert.Contains("Backends:Clusters:main:Destinations:1:Priority must be from 0 to 100.", faults);
        Assert.Contains("Backends:Clusters:main:LoadBalancing must be Weighted where a destination has a Weight.", faults);
    }

    [Fact]
    public void Every_fault_of_a_signal_is_named_at_once()
    {
        Set("Clusters:main:Signals:0:Annotation", "angry");
        Set("Clusters:main:Signals:0:Head", "cyber");
        Set("Clusters:main:Signals:1:Annotation", "hate");
        Set("Clusters:main:Signals:1:Header", "x-score");
        Set("Clusters:main:Signals:1:Head", "Cyber");
        Set("Clusters:main:Signals:1:Score", "0");
        string[] headers = ["content-type", "Retry-After", "x-request-id", "content-score", "x score", ""];
        for (var i = 0; i < headers.Length; i++)
        {
            Set($"Clusters:main:Signals:{i + 2}:Header", headers[i]);
            Set($"Clusters:main:Signals:{i + 2}:Head", "bio");
        }

        Set("Clusters:main:Signals:8:Header", "x-score");
        Set("Clusters:main:Signals:8:Head", "bio");
        Set("Clusters:main:Signals:9:Header", "X-Score");
        Set("Clusters:main:Signals:9:Head", "bio");
        Set("Clusters:main:Signals:9:Score", "0.5");

        var faults = Assert.Throws<OptionsValidationException>(Read).Failures.ToList();

        var at = faults.Select(static fault => fault["Backends:Clusters:main:Signals:".Length..].Split(' ')[0]).ToList();
        Assert.Equal(
            ["0:Annotation", "1", "1:Head", "1:Score", "2:Header", "3:Header", "4:Header", "5:Header", "6:Header", "7:Header", "9:Score", "9"], at);
    }

    [Fact]
    public void One_name_does_not_lead_to_two_models()
    {
        Set("Models:large:Aliases:0", "gpt");
        Set("Models:small:Aliases:0", "gpt");
        Set("Models:large:Fallbacks:0", "small");
        Set("Models:large:Fallbacks:1", "small");

        var faults = Assert.Throws<OptionsValidationException>(Read).Failures.ToList();

        Assert.Equal(2, faults.Count);
        Assert.Contains("Backends:Models:small:Aliases:0 must be a name of its own, and 'gpt' is taken by Backends:Models:large:Aliases:0.", faults);
    }

    private void Set(string key, string value) => _settings["Backends:" + key] = value;

    private BackendOptions Read()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_settings).Build();
        var services = new ServiceCollection().AddSingleton<IValidateOptions<BackendOptions>>(new BackendOptionsValidator(configuration));
        services.AddOptions<BackendOptions>().BindStrictly(configuration, BackendOptions.Section);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<BackendOptions>>().Value;
    }
}
