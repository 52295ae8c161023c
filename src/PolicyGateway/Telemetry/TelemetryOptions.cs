using Microsoft.Extensions.Options;

namespace PolicyGateway.Telemetry;

/// <summary>Section <c>Telemetry</c>: where traces and metrics go, and how many requests are traced.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    public const string DefaultServiceName = "policygateway";

    /// <summary>The collector, for example <c>http://127.0.0.1:4317</c>; unset: nothing is sent, <c>/metrics</c> is still served.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary><c>grpc</c> (usually port 4317) or <c>http/protobuf</c> (usually port 4318).</summary>
    public string OtlpProtocol { get; set; } = "grpc";

    /// <summary>Share of requests that are traced, 0 to 1. Metrics count all of them.</summary>
    public double SampleRatio { get; set; } = 0.1;

    /// <summary>
    /// Whether a caller's <c>traceparent</c> decides if its request is traced. Off: <see cref="SampleRatio"/> decides for
    /// everyone, so that strangers cannot have every request traced at your cost.
    /// </summary>
    public bool FollowCallerSampling { get; set; } = true;

    /// <summary><c>service.name</c> of everything that is sent.</summary>
    public string ServiceName { get; set; } = DefaultServiceName;

    /// <summary>Names every fault at once, each by its key.</summary>
    public sealed class Validator : IValidateOptions<TelemetryOptions>
    {
        public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
        {
            var faults = new List<string>();
            if (options.OtlpEndpoint is not null && options.OtlpEndpoint is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            {
                faults.Add("Telemetry:OtlpEndpoint must be an absolute http(s) address such as http://127.0.0.1:4317, or be left out.");
            }

            if (options.OtlpProtocol is not ("grpc" or "http/protobuf"))
            {
                faults.Add("Telemetry:OtlpProtocol must be grpc or http/protobuf.");
            }

            if (options.SampleRatio is not (>= 0 and <= 1))
            {
                faults.Add("Telemetry:SampleRatio must be from 0 to 1.");
            }

            if (string.IsNullOrWhiteSpace(options.ServiceName))
            {
                faults.Add("Telemetry:ServiceName must not be empty.");
            }

            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
