using System.Text.Json;

namespace PolicyGateway.Benchmarks;

/// <summary>The texts of the load tests, and the bodies that are made of them.</summary>
internal static class Texts
{
    private const int KiloByte = 1024;

    /// <summary>Exactly 1 KB of text.</summary>
    public static string Prompt { get; } = string.Concat(Enumerable.Repeat(Read("benign-prompt") + " ", 2))[..KiloByte];

    public static string Completion { get; } = string.Concat(Enumerable.Repeat(Read("completion") + " ", 2))[..KiloByte];

    public static byte[] RequestBody { get; } = JsonSerializer.SerializeToUtf8Bytes(
        new { model = "load", stream = false, messages = new[] { new { role = "user", content = Prompt } } });

    public static byte[] CompletionBody { get; } = JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = "chatcmpl-load",
        @object = "chat.completion",
        created = 1_700_000_000,
        model = "load",
        choices = new[] { new { index = 0, message = new { role = "assistant", content = Completion }, finish_reason = "stop" } },
    });

    /// <summary>The same completion as a stream, a few words to a frame.</summary>
    public static byte[] StreamBody { get; } =
    [
        .. Completion.Chunk(64).SelectMany(part => Frame(new { content = new string(part) }, null)),
        .. Frame(new { }, "stop"),
        .. "data: [DONE]\n\n"u8,
    ];

    /// <summary>Finds what ships with the repository, wherever the benchmarks were started in it.</summary>
    public static string Shipped(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PolicyGateway.sln")))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        throw new InvalidOperationException("PolicyGateway.sln is in no parent folder.");
    }

    private static byte[] Frame(object delta, string? finish) =>
    [
        .. "data: "u8,
        .. JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = "chatcmpl-load",
            @object = "chat.completion.chunk",
            created = 1_700_000_000,
            model = "load",
            choices = new[] { new { index = 0, delta, finish_reason = finish } },
        }),
        .. "\n\n"u8,
    ];

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Texts).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Trim();
    }
}
