using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Replay;

namespace PolicyGateway.Tests.Replay;

public sealed class TrafficReaderTests
{
    private static readonly TrafficReader Reader = new(TierLadder.Default);

    [Fact]
    public void A_row_is_a_line_of_classify_and_who_asked()
    {
        var row = Reader.Read(
            """{"id":"dec_1","kind":"completion","text":"t","prompt":"p","tier":"verified","credentials":["nuclear"],"tenant":"a","acr":"phr","login_age":90,"bound":true,"decision":"refuse","more":1}""",
            out var fault)!;
        var caller = row.Caller.ToCaller(TierLadder.Default, DateTimeOffset.UnixEpoch);

        Assert.Null(fault);
        Assert.Equal(("dec_1", TextKind.Completion, "t", "p", "refuse"), (row.Id, row.Text.Kind, row.Text.Text.ToString(), row.Text.Prompt.ToString(), row.Decision));
        Assert.Equal(("verified", "a", "phr", DateTimeOffset.UnixEpoch.AddSeconds(-90)), (caller.Tier.Name, caller.Tenant, caller.Acr, caller.AuthTime));
        Assert.Equal(TokenBinding.Dpop, caller.Binding);
        Assert.Contains(caller.Credentials, credential => credential.Name == "nuclear" && credential.IsInForce(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void Whoever_is_not_named_is_anonymous()
    {
        var row = Reader.Read("""{"id":7,"text":"t","tier":null,"credentials":null,"decision":null}""", out _)!;

        Assert.Equal(("7", TextKind.Prompt, (string?)null), (row.Id, row.Text.Kind, row.Decision));
        Assert.True(row.Caller.ToCaller(TierLadder.Default, DateTimeOffset.UnixEpoch).IsAnonymous);
    }

    [Theory]
    [InlineData("nonsense", "is no JSON")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("""{"text":"secret"}""", "\"id\"")]
    [InlineData("""{"id":{},"text":"secret"}""", "\"id\"")]
    [InlineData("""{"id":1}""", "\"text\"")]
    [InlineData("""{"id":1,"text":"secret","kind":"secret"}""", "\"kind\"")]
    [InlineData("""{"id":1,"text":"secret","prompt":7}""", "\"prompt\"")]
    [InlineData("""{"id":1,"text":"secret","tier":"secret"}""", "\"tier\" that is none of this gateway's: public, registered")]
    [InlineData("""{"id":1,"text":"secret","tier":3}""", "\"tier\"")]
    [InlineData("""{"id":1,"text":"secret","tenant":["secret"]}""", "\"tenant\"")]
    [InlineData("""{"id":1,"text":"secret","acr":1}""", "\"acr\"")]
    [InlineData("""{"id":1,"text":"secret","credentials":"secret"}""", "\"credentials\"")]
    [InlineData("""{"id":1,"text":"secret","credentials":[1]}""", "\"credentials\"")]
    [InlineData("""{"id":1,"text":"secret","credentials":["\ud800"]}""", "\"credentials\"")]
    [InlineData("""{"id":1,"text":"secret","login_age":-1}""", "\"login_age\"")]
    [InlineData("""{"id":1,"text":"secret","login_age":1e300}""", "\"login_age\"")]
    [InlineData("""{"id":1,"text":"secret","login_age":"secret"}""", "\"login_age\"")]
    [InlineData("""{"id":1,"text":"secret","bound":"secret"}""", "\"bound\"")]
    [InlineData("""{"id":1,"text":"secret","decision":"secret"}""", "\"decision\" that is none of allow, hold, step_up, refuse, prohibit, unavailable")]
    public void A_line_that_is_no_row_names_the_field_and_no_value(string line, string says)
    {
        Assert.Null(Reader.Read(line, out var fault));
        Assert.Contains(says, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_is_shortened_and_has_nothing_that_a_terminal_obeys()
    {
        var row = Reader.Read($$"""{"id":"\u001b[31m{{new string('x', 1_000)}}","text":"t"}""", out _)!;

        Assert.Equal(100, row.Id.Length);
        Assert.StartsWith("?[31m", row.Id, StringComparison.Ordinal);
    }
}
