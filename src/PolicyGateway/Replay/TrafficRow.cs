using PolicyGateway.Classification;
using PolicyGateway.Cli;

namespace PolicyGateway.Replay;

/// <summary>One recorded text, and who asked. Only what scores it holds the text; nothing that is written does.</summary>
/// <param name="Id">Names the row; several may have the same, such as a prompt and its completion.</param>
/// <param name="Text">The text and its side.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="Decision">The action that was recorded, as in the audit's <c>action</c>; null where none was.</param>
internal sealed record TrafficRow(string Id, ClassifierInput Text, AskingCaller Caller, string? Decision);
