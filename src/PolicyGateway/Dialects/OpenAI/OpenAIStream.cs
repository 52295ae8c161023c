using System.Buffers;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>What the gateway writes into a stream of choices.</summary>
internal static class OpenAIStream
{
    /// <summary>Ends each choice that has not ended by itself, and the stream.</summary>
    /// <param name="output">Behind whole frames.</param>
    /// <param name="prompt">What was asked; tells how many choices there are.</param>
    /// <param name="tail">What has gone out.</param>
    /// <param name="writeChoice">Writes the frame that ends one choice.</param>
    public static void WriteBlock(IBufferWriter<byte> output, Prompt prompt, StreamTail tail, Action<Utf8JsonWriter, int> writeChoice)
    {
        if (tail.HasEnded)
        {
            return;
        }

        for (var choice = 0; choice < prompt.Choices; choice++)
        {
            if (choice < 64 && (tail.Finished >> choice & 1) != 0)
            {
                continue;
            }

            output.Write("data: "u8);
            using (var json = new Utf8JsonWriter(output))
            {
                writeChoice(json, choice);
            }

            output.Write("\n\n"u8);
        }

        output.Write("data: [DONE]\n\n"u8);
    }

    /// <summary>Tells in a stream that it failed.</summary>
    public static void WriteFailure(IBufferWriter<byte> output, GatewayError error)
    {
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            OpenAIError.Write(json, error);
        }

        output.Write("\n\n"u8);
    }
}
