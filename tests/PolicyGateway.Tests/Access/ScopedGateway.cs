using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>A gateway with two models, the first by a second name as well, one more for professionals, and moderations.</summary>
public sealed class ScopedGateway : IAsyncLifetime
{
    internal AccessGateway Access { get; } = new();

    internal TheGateway Gateway => Access.Gateway;

    public Task InitializeAsync()
    {
        Gateway.Settings["Backends:Models:m:Aliases:0"] = "latest";
        Gateway.Settings["Backends:Models:other:Cluster"] = "c";
        Gateway.Settings["Moderations:Enabled"] = "true";
        Gateway.Settings["Moderations:Tier"] = "registered";
        return Access.InitializeAsync();
    }

    public Task DisposeAsync() => Access.DisposeAsync();

    /// <summary>Makes a key of a person's own, narrowed as the body's further members say.</summary>
    internal async Task<Reply> KeyAsync(string subject, string members = "", int status = 201) =>
        (await Access.PostAsync("/v1/access/keys", Access.Person(subject), $$"""{"name":"narrow","days":30{{members}}}""")).Expect(status);

    internal Task<Answer> AskAsync(string key, string prompt, string model = "m", bool stream = false) => Gateway.SendAsync(
        TheGateway.Json($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"{{prompt}}"}]}"""), key);
}
