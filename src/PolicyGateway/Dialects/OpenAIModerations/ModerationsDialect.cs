using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIModerations;

/// <summary>
/// OpenAI's moderations: <c>POST /v1/moderations</c>. The gateway itself answers, so it is no entry of the <see cref="DialectTable"/>.
/// A prompt's choices are its results: one for each string of an array, else one for all that was sent.
/// </summary>
internal sealed class ModerationsDialect : WholeAnswerDialect
{
    private static readonly FieldMap Fields = FieldMap.Parse("""
        model                id
        user                 id
        input                text required
        input[]              text
        input[].type         one of text|image_url
        input[].text         text required
        input[].image_url    refused Images cannot be classified here: send text only.
        """);

    public override string Name => "openai.moderations";

    public override string Operation => "moderation";

    public override FieldMap RequestFields => Fields;

    public override IEnumerable<FieldMap> AnswerFields => [];

    public override PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(Fields, body, limits, (root, texts) =>
        {
            var input = root.GetProperty("input");
            var isArray = input.ValueKind == JsonValueKind.Array;
            if (isArray && input.EnumerateArray().Any(item => item.ValueKind != input[0].ValueKind))
            {
                return GatewayError.Invalid("'input' must be a string, an array of strings, or an array of text parts.", "input");
            }

            return isArray && input[0].ValueKind == JsonValueKind.String
                ? new Prompt(Name, Framing.Json, input.GetArrayLength(), [.. input.EnumerateArray().Select(static item => item.GetString()!)], texts.HasUnclassified, body)
                : new Prompt(Name, Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body);
        });

    public override AnswerReader CreateReader(Framing framing) => throw new NotSupportedException("No backend answers moderations.");
}
