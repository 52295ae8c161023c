using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Compatibility.Spelling;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>
/// The backend of every scenario in every protocol: the path says which protocol, and a tag in the prompt which client asks in
/// which scenario. At <see cref="StoppedPath"/> it says of a tag whether its work was ended from outside.
/// </summary>
internal sealed partial class ScriptedAnswers
{
    public const string StoppedPath = "/stopped";

    /// <summary>Longer than a gateway of these tests is silent, and long enough for what was judged to have left.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(1500);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly (string Path, IAnswerSpelling Spelling)[] Spellings =
    [
        ("/v1/chat/completions", new ChatSpelling()),
        ("/v1/responses", new ResponsesSpelling()),
        ("/v1/messages", new MessagesSpelling()),
        ("/v1beta/models/", new GeminiSpelling()),
        ("/api/chat", new OllamaSpelling()),
    ];

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _stopped = [];

    public Task AnswerAsync(HttpContext context)
    {
        var tag = Tag().Match(Encoding.UTF8.GetString(Fakes.ScriptedBackend.BodyOf(context)));
        if (context.Request.Path == StoppedPath)
        {
            return TellAsync(context, tag.Value);
        }

        var spelling = Spellings.First(entry => context.Request.Path.Value!.StartsWith(entry.Path, StringComparison.Ordinal)).Spelling;
        return PlayAsync(context, tag.Value, Scenario.All.Single(scenario => scenario.Name == tag.Groups["scenario"].Value), spelling);
    }

    private async Task PlayAsync(HttpContext context, string tag, Scenario scenario, IAnswerSpelling spelling)
    {
        if (!IsStream(context))
        {
            await context.Response.WriteAsJsonAsync(spelling.Whole(scenario.Said));
            return;
        }

        var (response, left) = (context.Response, context.RequestAborted);
        response.ContentType = spelling.MediaType;
        await response.Body.FlushAsync(left);
        if (scenario.Manner == BackendManner.IsSilentFirst)
        {
            await Task.Delay(Silence, left);
        }

        var stream = spelling.Stream(scenario.Said);
        await WriteAsync(stream.Frames);
        switch (scenario.Manner)
        {
            case BackendManner.Dies:
                await Task.Delay(Silence, left);
                context.Abort();
                break;
            case BackendManner.NeverEnds:
                await using (left.Register(() => Stopped(tag).TrySetResult()))
                {
                    await Task.Delay(Timeout.Infinite, left);
                }

                break;
            default:
                await WriteAsync(stream.End);
                break;
        }

        async Task WriteAsync(IReadOnlyList<string> frames)
        {
            foreach (var frame in frames)
            {
                await response.WriteAsync(frame, left);
                await response.Body.FlushAsync(left);
            }
        }
    }

    private async Task TellAsync(HttpContext context, string tag)
    {
        var stopped = Stopped(tag).Task;
        await Task.WhenAny(stopped, Task.Delay(LongestWait, context.RequestAborted));
        await context.Response.WriteAsJsonAsync(stopped.IsCompleted);
    }

    private TaskCompletionSource Stopped(string tag) => _stopped.GetOrAdd(tag, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private static bool IsStream(HttpContext context)
    {
        if (context.Request.Path.Value!.Contains(":streamGenerateContent", StringComparison.Ordinal))
        {
            return true;
        }

        using var body = JsonDocument.Parse(Fakes.ScriptedBackend.BodyOf(context));
        return body.RootElement.TryGetProperty("stream", out var stream) && stream.GetBoolean();
    }

    [GeneratedRegex(@"\[client=[^\]]+ scenario=(?<scenario>[a-z]+)\]")]
    private static partial Regex Tag();
}
