using System.CommandLine;
using System.Net;
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
    public const string ManagementUrlVariable = "POLICYGATEWAY_MANAGEMENT_URL";
    public const string TokenVariable = "POLICYGATEWAY_TOKEN";

    private const int Done = 0;
    private const int Refused = 1;
    private const int Unusable = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Address _address;
    private readonly Option<string> _url;

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"A file with the access token. Default: the variable {TokenVariable}; a token on the command line would be everybody's to read.",
        HelpName = "FILE",
    };

    private ApiCall(Address address) => (_address, _url) = (address, new Option<string>("--url")
    {
        Description = $"The gateway's {address.Name} address: https, or http on this machine. Default: the variable {string.Join(", else ", address.Variables)}, else {address.Fallback}.",
        DefaultValueFactory = _ => address.Variables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(static url => !string.IsNullOrEmpty(url)) ?? address.Fallback,
    });

    public static ApiCall OfManagement() => new(Address.Management);

    public static ApiCall OfPublic() => new(Address.Public);

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
                await PrintAsync(answer, asked.Method, output);
                if (TextOf(answer, "next") is { } next)
                {
                    await error.WriteLineAsync($"There may be more: --after {ShellText.Quoted(next)}");
                }

                return Done;
            }

            await error.WriteLineAsync($"{(int)response.StatusCode}: {Detail(text) ?? Missing(response.StatusCode, address)}");
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

    /// <summary>Prints an answer; where that fails, says what was done all the same, and of a key, whose text is told once, that it is lost.</summary>
    private static async Task PrintAsync(JsonNode answer, HttpMethod method, TextWriter output)
    {
        try
        {
            await output.WriteLineAsync(PlainJson.Indented(answer));
            await output.FlushAsync();
        }
        catch (OutputFault fault) when (method != HttpMethod.Get)
        {
            throw new OutputFault(
                TextOf(answer, "key") is not null && TextOf(answer["record"], "id") is { } key
                    ? $"{fault.Message} The key {ShellText.Quoted(key)} was made all the same, and nobody has its text: revoke it (policygateway key revoke {ShellText.Quoted(key)} --reason …)."
                    : $"{fault.Message} What was asked for is done all the same.",
                fault);
        }
    }

    private static string? TextOf(JsonNode? json, string member) =>
        json is JsonObject members && members[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>What a gateway says of its refusal; null where nothing of one is there.</summary>
    private static string? Detail(string text)
    {
        try
        {
            return TextOf(JsonNode.Parse(text), "detail") is { } detail ? PlainText.Of(detail) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Missing(HttpStatusCode status, Uri asked) => status == HttpStatusCode.NotFound
        ? $"{asked.GetLeftPart(UriPartial.Authority)} has no such path. This command asks the gateway's {_address.Name} address, and that may be its {_address.Other}: set --url or the variable {_address.Variables[0]}."
        : "What answered gave no reason, or is no gateway.";

    /// <summary>One of the gateway's addresses.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Other">What the other one is called, which whoever has one variable for both may have named.</param>
    /// <param name="Variables">Where it is named, the first that is set.</param>
    /// <param name="Fallback">Where it is if nothing is said.</param>
    private sealed record Address(string Name, string Other, string[] Variables, string Fallback)
    {
        public static readonly Address Public = new("public", "management one", [UrlVariable], "http://127.0.0.1:8080");
        public static readonly Address Management = new("management", "public one", [ManagementUrlVariable, UrlVariable], "http://127.0.0.1:9090");
    }
}
