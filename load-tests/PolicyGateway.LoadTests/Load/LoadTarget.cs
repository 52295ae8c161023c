using System.Text;
using System.Text.Json;

namespace PolicyGateway.LoadTests.Load;

/// <summary>A server on the loopback address, and the one request that it is asked again and again.</summary>
internal sealed record LoadTarget(string Name, int Port, ReadOnlyMemory<byte> Request)
{
    public const string Model = "load";

    /// <summary>Bytes of the one body that is right; null where any is.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>Reads from the first piece of a body how long the backend itself took; null where it does not tell.</summary>
    public Func<ReadOnlySpan<byte>, TimeSpan?>? OwnTime { get; init; }

    /// <summary>Whether a response is the one that is asked for.</summary>
    public bool Expects(Response response) => response.Status == 200 && (BodyBytes is null || BodyBytes == response.BodyBytes);

    /// <summary>A chat completion; a body of exactly <paramref name="bodyBytes"/> where that is given.</summary>
    public static LoadTarget Chat(string name, int port, string prompt, bool isStream, string? token, int bodyBytes = 0, string model = Model)
    {
        var body = Body(model, prompt, isStream);
        if (bodyBytes > 0)
        {
            // The fixed part is ASCII and so is the text: one character more is one byte more.
            body = Body(model, prompt[..Math.Min(prompt.Length, prompt.Length - (body.Length - bodyBytes))], isStream);
        }

        var head = new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\n")
            .Append("Host: 127.0.0.1:").Append(port).Append("\r\nContent-Type: application/json\r\nAccept: application/json\r\n")
            .Append("Content-Length: ").Append(body.Length).Append("\r\n");
        if (token is not null)
        {
            head.Append("Authorization: Bearer ").Append(token).Append("\r\n");
        }

        return new LoadTarget(name, port, (byte[])[.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body]);
    }

    private static byte[] Body(string model, string prompt, bool isStream) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        model,
        stream = isStream,
        messages = new[] { new { role = "user", content = prompt } },
    });
}
