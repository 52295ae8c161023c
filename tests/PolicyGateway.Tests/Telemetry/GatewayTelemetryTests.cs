using System.Diagnostics.Metrics;
using System.Reflection;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class GatewayTelemetryTests
{
    // Names and units that dashboards depend on; the gen_ai ones are those of the semantic conventions.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["policygateway.in_force"] = "",
        ["policygateway.decisions"] = "{decision}",
        ["policygateway.guard.answers"] = "{text}",
        ["policygateway.guard.duration"] = "s",
        ["policygateway.outcomes"] = "{request}",
        ["policygateway.unscanned.bytes"] = "By",
        ["policygateway.released.bytes"] = "By",
        ["policygateway.classification.duration"] = "s",
        ["policygateway.classification.queue.duration"] = "s",
        ["policygateway.hold.duration"] = "s",
        ["policygateway.held.bytes"] = "By",
        ["policygateway.moderations"] = "{text}",
        ["policygateway.observations"] = "{request}",
        ["policygateway.classifier.swaps"] = "{swap}",
        ["policygateway.candidate.judgements"] = "{judgement}",
        ["policygateway.candidate.verdicts"] = "{judgement}",
        ["policygateway.status_lists"] = "{fetch}",
        ["policygateway.status_refusals"] = "{token}",
        ["policygateway.security_events"] = "{event}",
        ["policygateway.upstream.attempts"] = "{attempt}",
        ["policygateway.upstream.time_to_first_byte"] = "s",
        ["gen_ai.client.token.usage"] = "{token}",
        ["gen_ai.server.request.duration"] = "s",
        ["gen_ai.server.time_to_first_token"] = "s",
    };

    [Fact]
    public void Every_instrument_has_a_verb_that_emits_it()
    {
        var heard = Listen(EveryVerb.Of);

        Assert.Equal(Names.OrderBy(pair => pair.Key), heard.Select(one => KeyValuePair.Create(one.Name, one.Unit ?? "")).Distinct().OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Every_verb_emits_something()
    {
        var verbs = typeof(GatewayTelemetry).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType == typeof(void) && method.Name is not (nameof(IDisposable.Dispose) or nameof(GatewayTelemetry.InForce)));

        Assert.All(verbs, verb => Assert.Contains(Listen(telemetry => Say(telemetry, verb)), one => one.Value > 0));
    }

    [Fact]
    public void Labels_of_a_finished_request_follow_the_conventions()
    {
        var heard = Listen(telemetry => telemetry.Finished("refused", "prohibited_content", new GenAiCall("chat", "openai.chat", "demo"), 403, TimeSpan.FromSeconds(2)));

        var duration = heard.Single(one => one.Name == "gen_ai.server.request.duration");
        Assert.Equal(2, duration.Value);
        Assert.Equal("chat", duration.Tags["gen_ai.operation.name"]);
        Assert.Equal("openai", duration.Tags["gen_ai.provider.name"]);
        Assert.Equal("demo", duration.Tags["gen_ai.request.model"]);
        Assert.Equal("prohibited_content", duration.Tags["error.type"]);
        Assert.Equal(403, duration.Tags["http.response.status_code"]);
    }

    [Fact]
    public void A_request_that_succeeded_has_no_error_type()
    {
        var heard = Listen(telemetry => telemetry.Finished("released", "released", new GenAiCall("chat", "openai.chat", "demo"), 200, TimeSpan.FromSeconds(2)));

        Assert.DoesNotContain("error.type", heard.Single(one => one.Name == "gen_ai.server.request.duration").Tags.Keys);
    }

    [Fact]
    public void A_decision_without_a_category_is_counted_under_none()
    {
        var heard = Listen(telemetry => telemetry.Decided("prompt", "allow", "benign", null, "benign", "enforce"));

        Assert.Equal("none", heard.Single(one => one.Name == "policygateway.decisions").Tags["policygateway.category"]);
    }

    private static void Say(GatewayTelemetry telemetry, MethodInfo verb) => verb.Invoke(
        telemetry,
        [.. verb.GetParameters().Select(parameter => parameter.ParameterType switch
        {
            var type when type == typeof(string) => (object)"some",
            var type when type == typeof(TimeSpan) => TimeSpan.FromSeconds(1),
            var type when type == typeof(long) => 1L,
            var type when type == typeof(GenAiCall) => new GenAiCall("chat", "openai.chat", "demo"),
            _ => 1,
        })]);

    private static List<Measurement> Listen(Action<GatewayTelemetry> say)
    {
        var heard = new List<Measurement>();
        using var telemetry = new GatewayTelemetry();
        using var listener = new MeterListener
        {
            // Meters of tests that run beside this one have the same name; only this one is listened to.
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter, telemetry.Meter))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
        say(telemetry);
        listener.RecordObservableInstruments();
        return heard;

        void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            heard.Add(new Measurement(instrument.Name, instrument.Unit, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value)));
    }

    private sealed record Measurement(string Name, string? Unit, double Value, Dictionary<string, object?> Tags);
}
