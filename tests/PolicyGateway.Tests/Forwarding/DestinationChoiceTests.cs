using System.Net;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>Who is asked first: by priority, by weight, and by how they fared.</summary>
public sealed class DestinationChoiceTests
{
    [Fact]
    public async Task A_higher_priority_number_is_not_asked_while_a_lower_one_answers()
    {
        await using var backends = await TheBackends.StartAsync();

        for (var i = 0; i < 20; i++)
        {
            await backends.AskAsync();
        }

        Assert.Equal((20, 0), (backends.First.Received.Count, backends.Second.Received.Count));
    }

    [Fact]
    public async Task Requests_are_shared_by_weight()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:Destinations:1:Priority"] = "0";
            the["Clusters:c:Destinations:1:Weight"] = "4";
        });

        for (var i = 0; i < 200; i++)
        {
            await backends.AskAsync();
        }

        // 160 of 200 are expected, with a standard deviation of 5.7: six of them to either side.
        Assert.InRange(backends.Second.Received.Count, 126, 194);
        Assert.Equal(200, backends.First.Received.Count + backends.Second.Received.Count);
    }

    [Fact]
    public async Task A_policy_of_yarps_picks_among_those_of_one_priority()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:Destinations:1:Priority"] = "0";
            the["Clusters:c:LoadBalancing"] = "RoundRobin";
        });

        for (var i = 0; i < 10; i++)
        {
            await backends.AskAsync();
        }

        Assert.Equal((5, 5), (backends.First.Received.Count, backends.Second.Received.Count));
    }

    [Fact]
    public async Task A_destination_that_keeps_failing_is_left_alone_and_then_found_to_work_again()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:CircuitBreaker:FailureRatio"] = "0.5";
            the["Clusters:c:CircuitBreaker:MinimumRequests"] = "2";
            the["Clusters:c:CircuitBreaker:BreakDuration"] = "00:00:02";
        });
        backends.First.Answer = TheBackends.Status(503);

        for (var i = 0; i < 6; i++)
        {
            await backends.AssertSecondAnswersAsync();
        }

        Assert.Equal(2, backends.First.Received.Count);

        backends.First.Reset();
        await Task.Delay(TimeSpan.FromSeconds(2.1));
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains("Hello.", (await backends.AskAsync()).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task With_every_circuit_open_it_is_a_503_that_says_when_to_ask_again()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Backends:Clusters:c:CircuitBreaker:MinimumRequests"] = "2";
        await gateway.InitializeAsync();
        gateway.Backend.Answer = TheBackends.Status(500);
        await gateway.SendAsync(TheGateway.Ask("hello"));
        await gateway.SendAsync(TheGateway.Ask("hello"));

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "upstream_unavailable"), (answer.Status, answer.Code));
        Assert.InRange(int.Parse(answer.Headers["retry-after"], System.Globalization.CultureInfo.InvariantCulture), 1, 15);
        Assert.Equal(2, gateway.Backend.Received.Count);
    }

    [Fact]
    public async Task A_destination_whose_health_path_fails_is_not_asked()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:HealthPath"] = "/health";
            the["Clusters:c:HealthInterval"] = "00:00:01";
        });
        backends.First.Answer = static context => context.Request.Path == "/health"
            ? TheBackends.Status(503)(context)
            : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        var text = "";
        for (var i = 0; i < 100 && !text.Contains("second", StringComparison.Ordinal); i++)
        {
            await Task.Delay(100);
            text = (await backends.AskAsync()).Text;
        }

        await backends.AssertSecondAnswersAsync();
    }
}
