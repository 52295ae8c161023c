namespace PolicyGateway.Tests.Access;

/// <summary>A gateway where a person may have three things of a kind open at once.</summary>
public sealed class ThreeAtMost : IAsyncLifetime
{
    internal AccessGateway Access { get; } = new();

    public Task InitializeAsync()
    {
        Access.Gateway.Settings["Access:MaxOpenPerPerson"] = "3";
        return Access.InitializeAsync();
    }

    public Task DisposeAsync() => Access.DisposeAsync();
}

/// <summary>How many things of a kind a person may have open is a bound for those who ask many times at once as well.</summary>
public sealed class OpenAtOnceTests(ThreeAtMost gateway) : IClassFixture<ThreeAtMost>
{
    private readonly AccessGateway _access = gateway.Access;

    [Theory]
    [InlineData("/v1/access/requests", """{"categories":["cyber"],"project":"Many","purpose":"Sent at once.","days":3}""")]
    [InlineData("/v1/access/keys", """{"name":"many","days":3}""")]
    public async Task Of_many_that_are_sent_at_once_no_more_are_made(string path, string body)
    {
        var token = _access.Person("eager" + path);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _access.PostAsync(path, token, body)));

        Assert.Equal((3, 17), (replies.Count(static reply => reply.Status == 201), replies.Count(static reply => reply.Status == 429)));
        Assert.Equal(3, (await _access.GetAsync(path, token)).Expect(200).Items.Length);
    }

    [Fact]
    public async Task Keys_that_are_replaced_at_once_are_no_more_either()
    {
        var token = _access.Person("replaces");
        var keys = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            keys.Add((await _access.PostAsync("/v1/access/keys", token, new { name = "one", days = 3 })).Expect(201).Body.GetProperty("record").GetProperty("id").GetString()!);
        }

        var replies = await Task.WhenAll(keys.Select(key => _access.PostAsync($"/v1/access/keys/{key}/rotate", token, new { overlap_hours = 1 })));

        Assert.Equal([201, 429], replies.Select(static reply => reply.Status).Order());
    }

    [Fact]
    public async Task Appeals_that_are_sent_at_once_are_no_more_either()
    {
        var token = _access.Person("appeals-often");
        var refusals = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            refusals.Add(await _access.RefusedAsync(token));
        }

        var replies = await Task.WhenAll(refusals.Select(refusal => _access.PostAsync("/v1/access/appeals", token, new { decision_id = refusal, statement = "It was harmless." })));

        Assert.Equal((3, 7), (replies.Count(static reply => reply.Status == 201), replies.Count(static reply => reply.Status == 429)));
    }
}
