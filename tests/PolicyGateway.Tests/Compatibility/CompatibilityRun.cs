using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>Plays all scenarios with all clients, once, before the first test looks at what came of it.</summary>
public sealed class CompatibilityRun : IAsyncLifetime
{
    private readonly TheGateway _patient = new();
    private readonly TheGateway _keptAlive = new();
    private readonly ScriptedAnswers _answers = new();

    private Dictionary<(string Client, string Scenario), Seen> _seen = [];

    internal IEnumerable<Seen> All => _seen.Values;

    public async Task InitializeAsync()
    {
        _patient.Settings["Gateway:SilentHold"] = "00:01:00";
        _keptAlive.Settings["Gateway:SilentHold"] = "00:00:00.100";
        _keptAlive.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        foreach (var gateway in new[] { _patient, _keptAlive })
        {

            // Many of them lose their backend at once; that must not be the others' end.
            gateway.Settings["Backends:Clusters:c:CircuitBreaker:MinimumRequests"] = "10000";
            await gateway.InitializeAsync();
            gateway.Backend.Answer = _answers.AnswerAsync;
        }

        Call[] calls = [.. Scenario.All.Select(CallOf)];
        // They mostly wait. All at once would be late where others need the machine, too.
        using var turns = new SemaphoreSlim(3);
        IEnumerable<IDriver> drivers = [.. NodeDriver.All, new OpenAIChatDriver(), new OpenAIResponsesDriver(), new AnthropicDriver()];
        var seen = await Task.WhenAll(drivers.Select(driver => RunAsync(driver, calls, turns)));
        _seen = seen.SelectMany(static list => list).ToDictionary(static one => (one.Client, one.Scenario));
    }

    public async Task DisposeAsync()
    {
        await _patient.DisposeAsync();
        await _keptAlive.DisposeAsync();
    }

    internal Seen? Of(string client, string scenario) => _seen.GetValueOrDefault((client, scenario));

    private static async Task<IReadOnlyList<Seen>> RunAsync(IDriver driver, Call[] calls, SemaphoreSlim turns)
    {
        await turns.WaitAsync();
        try
        {
            return await driver.RunAsync(calls);
        }
        finally
        {
            turns.Release();
        }
    }

    private Call CallOf(Scenario scenario)
    {
        var gateway = scenario.IsKeptAlive ? _keptAlive : _patient;
        return new Call(scenario.Name, gateway.Url.AbsoluteUri, gateway.Token("registered"), gateway.Backend.Url + ScriptedAnswers.StoppedPath, scenario.Prompt);
    }
}
