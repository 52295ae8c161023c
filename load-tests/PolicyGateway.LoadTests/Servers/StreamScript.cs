using System.Text;
using System.Text.Json;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>
/// A stream that the backend plays to whoever asks for the model of its name: frames of equal length with a few words each,
/// so that bytes tell frames and characters, and then an end.
/// </summary>
internal sealed record StreamScript
{
    /// <summary>Characters of text in each frame.</summary>
    public const int Characters = 22;

    // First, since the scripts are made of it.
    private static readonly byte[][] Harmless = [.. Cut(Texts.Stream)];

    /// <summary>As fast as it is read, each frame sent by itself as a model's server does.</summary>
    public static readonly StreamScript Fast = new("frames", 2000, TimeSpan.Zero);

    /// <summary>The same, many frames at a time: what a server sends that was kept waiting.</summary>
    public static readonly StreamScript Bulk = new("frames-in-bulk", Fast.Count, TimeSpan.Zero) { PerSend = 50 };

    /// <summary>Short, at the pace of a model that reads the prompt before its first token: many first tokens in little time.</summary>
    public static readonly StreamScript FirstToken = new("first-token", 10, TimeSpan.FromMilliseconds(20)) { Prefill = TimeSpan.FromMilliseconds(20) };

    /// <summary>Short and at once: thousands of requests for what runs once for each of them to be compiled.</summary>
    public static readonly StreamScript Brief = new("brief", 10, TimeSpan.Zero);

    /// <summary>Long enough for text to leave while more of it comes.</summary>
    public static readonly StreamScript Paced = new("paced", 100, TimeSpan.FromMilliseconds(20));

    /// <summary>16 KiB, then nothing until the backend is told; the answer stays harmless.</summary>
    public static readonly StreamScript HeldBenign = new("held-benign", (16 * 1024 / FrameBytes) + 1, TimeSpan.Zero) { Waits = true };

    /// <summary>The same, and then a text that the policy gates.</summary>
    public static readonly StreamScript HeldFlagged = HeldBenign with { Model = "held-flagged", End = [.. Frame(Texts.GatedCompletion), .. Finish] };

    /// <summary>Half a minute of text that the policy gates, at the pace of a model.</summary>
    public static readonly StreamScript Gated = new("gated", 1500, TimeSpan.FromMilliseconds(20)) { Frames = [.. Cut(Texts.GatedCompletion)] };

    public static readonly IReadOnlyList<StreamScript> All = [Fast, Bulk, Brief, FirstToken, Paced, HeldBenign, HeldFlagged, Gated];

    private StreamScript(string model, int count, TimeSpan pace) => (Model, Count, Pace) = (model, count, pace);

    /// <summary>Bytes of one frame; every frame has as many.</summary>
    public static int FrameBytes => Harmless[0].Length;

    /// <summary>The model that a client asks for to get it.</summary>
    public string Model { get; private init; }

    /// <summary>Frames with text, the end not counted.</summary>
    public int Count { get; }

    /// <summary>From one frame to the next.</summary>
    public TimeSpan Pace { get; }

    /// <summary>From the request to the first frame.</summary>
    public TimeSpan Prefill { get; private init; }

    /// <summary>Frames that leave together; divides their count.</summary>
    public int PerSend { get; private init; } = 1;

    /// <summary>Whether it waits behind its frames until the backend is told to go on.</summary>
    public bool Waits { get; private init; }

    /// <summary>What is played, from the first again when all were.</summary>
    private byte[][] Frames { get; init; } = Harmless;

    /// <summary>What comes behind the frames.</summary>
    public byte[] End { get; private init; } = Finish;

    /// <summary>Bytes of the whole stream.</summary>
    public long Bytes => ((long)Count * FrameBytes) + End.Length;

    private static byte[] Finish => [.. Serialize(new { }, "stop"), .. "data: [DONE]\n\n"u8];

    public ReadOnlyMemory<byte> FrameAt(int index) => Frames[index % Frames.Length];

    public byte[] ToArray() => [.. Enumerable.Range(0, Count).SelectMany(i => Frames[i % Frames.Length]), .. End];

    private static IEnumerable<byte[]> Cut(string text)
    {
        var whole = text + " ";
        for (var start = 0; start + Characters <= whole.Length; start += Characters)
        {
            yield return Frame(whole.Substring(start, Characters));
        }
    }

    private static byte[] Frame(string content) => Serialize(new { content }, null);

    private static byte[] Serialize(object delta, string? finish) => Encoding.UTF8.GetBytes("data: " + JsonSerializer.Serialize(new
    {
        id = "chatcmpl-load-stream",
        @object = "chat.completion.chunk",
        created = 1_700_000_000,
        model = Load.LoadTarget.Model,
        choices = new[] { new { index = 0, delta, finish_reason = finish } },
    }) + "\n\n");
}
