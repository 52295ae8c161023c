using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Cli.Access;

/// <summary>One call of the gateway's API for a command: where it goes, as whom, and what is shown of the answer.</summary>
internal sealed class ApiCall
{
    public const string UrlVariable = "POLICYGATEWAY_URL";
    public const string TokenVariable = "POLICYGATEWAY_TOKEN";

    private const int Done = 0;
    private const int Refused = 1;
    private const int Unusable = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Option<string> _url;

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"A file with the access token. Default: the variable {TokenVariable}; a token on the command line would be everybody's to read.",
        HelpName = "FILE",
    };

    /// <param name="address">Which of the gateway's addresses it is that is asked.</param>
    /// <param name="fallback">The address where nothing else is said.</param>
    public ApiCall(string address, string fallback) => _url = new Option<string>("--url")
    {
        Description = $"The gateway's {address} address: https, or http on this machine. Default: the variable {UrlVariable}, else {fallback}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(UrlVariable) is { Length: > 0 } url ? url : fallback,
    };

    public static ApiCall OfManagement() => new("management", "http://127.0.0.1:9090");

    public static ApiCall OfPublic() => new("public", "http://127.0.0.1:8080");

    /// <summary>Makes a command of it.</summary>
    /// <param name="command">With the options that the request is made of.</param>
    /// <param name="request">The method, the path and the body, if any.</param>
    public Command On(Command command, Func<ParseResult, (HttpMethod Method, string Path, JsonObject? Body)> request)
    {
        command.Add(_url);
        command.Add(_tokenFile);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, request(parsed), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, (HttpMethod Method, string Path, JsonObject? Body) asked, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            var address = SafeAddress.Of(parsed.GetRequiredValue(_url), "--url");
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Patience };
            using var request = new HttpRequestMessage(asked.Method, asked.Path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(parsed.GetValue(_tokenFile)));
            if (asked.Body is not null)
            {
                request.Content = new StringContent(asked.Body.ToJsonString(), Encoding.UTF8, "application/json");
            }

            using var response = await client.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                var answer = JsonNode.Parse(text)!;
                await output.WriteLineAsync(answer.ToJsonString(Indented));
                if (TextOf(answer, "next") is { } next)
                {
                    await error.WriteLineAsync($"There may be more: --after {ShellText.Quoted(next)}");
                }

                return Done;
            }

            await error.WriteLineAsync($"{(int)response.StatusCode}: {Detail(text)}");
            return Refused;
        }
        catch (Exception fault) when (fault is CommandFault or HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            await error.WriteLineAsync(fault.Message);
            return Unusable;
        }
    }

    private static string Token(string? file)
    {
        try
        {
            var token = file is null ? Environment.GetEnvironmentVariable(TokenVariable) : File.ReadAllText(file);
            return token?.Trim() is { Length: > 0 } text && text.All(static c => c is > ' ' and < '\u007f')
                ? text
                : throw new CommandFault(file is null
                    ? $"Put an access token into the variable {TokenVariable}, or name a file with --token-file."
                    : $"--token-file: '{file}' holds no token.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandFault($"--token-file: '{file}' cannot be read: {fault.Message}");
        }
    }

    private static string? TextOf(JsonNode? json, string member) =>
        json is JsonObject members && members[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Detail(string text)
    {
        try
        {
            return JsonNode.Parse(text)?["detail"]?.GetValue<string>() ?? "The gateway gave no reason.";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return "What answered is no gateway, or not on this address.";
        }
    }
}
