using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Primitives;

namespace PolicyGateway.Cli.Login;

/// <summary>
/// Where the browser comes back to: a port of 127.0.0.1 for the time of one login (RFC 8252, 7.3). What has not the login's state
/// may be anybody's, so it is answered and changes nothing; what has it must be the provider's (RFC 9207).
/// </summary>
internal sealed class LoginLanding : IAsyncDisposable
{
    private const string Path = "/callback";

    private readonly TaskCompletionSource<string> _code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;
    private readonly byte[] _state;
    private readonly LoginProvider _provider;

    private LoginLanding(string state, LoginProvider provider)
    {
        (_state, _provider) = (Encoding.UTF8.GetBytes(state), provider);

        // An empty one: no setting or variable of this folder must decide where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, DeafLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.Run(LandAsync);
    }

    /// <summary>The redirect address, with this login's port.</summary>
    public Uri Address { get; private set; } = null!;

    public static async Task<LoginLanding> StartAsync(string state, LoginProvider provider, CancellationToken cancellationToken)
    {
        var landing = new LoginLanding(state, provider);
        await landing._app.StartAsync(cancellationToken);
        landing.Address = new Uri(new Uri(landing._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), Path);
        return landing;
    }

    /// <summary>The code that the browser brought.</summary>
    /// <exception cref="LoginRefused">It brought an error.</exception>
    public Task<string> CodeAsync(CancellationToken cancellationToken) => _code.Task.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Lets the browser have the whole page first.
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(late.Token);
        await _app.DisposeAsync();
    }

    private static string? One(StringValues values) => values is [{ Length: > 0 } only] ? only : null;

    private Task LandAsync(HttpContext context)
    {
        // No page of another name that leads to this machine has anything to say here.
        if (context.Request.Host.Host != Address.Host)
        {
            return AnswerAsync(context, StatusCodes.Status421MisdirectedRequest, $"This page is known as {Address.Host} only.");
        }

        var query = context.Request.Query;
        if (context.Request.Method != HttpMethods.Get || context.Request.Path != Path || _code.Task.IsCompleted
            || One(query["state"]) is not { } state || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(state), _state))
        {
            return AnswerAsync(context, StatusCodes.Status400BadRequest, "This is no answer that the command waits for.");
        }

        var (iss, error, code) = (One(query["iss"]), One(query["error"]), One(query["code"]));
        if (iss is null ? _provider.NamesItselfInAnswers || query.ContainsKey("iss") : iss != _provider.Issuer)
        {
            context.Response.OnCompleted(() => FailAsync("The answer to the login is not of the provider that was asked. Log in again, and open no link but the one that is printed."));
            return AnswerAsync(context, StatusCodes.Status400BadRequest, "This answer is not of the provider that was asked.");
        }

        if (error is not null || code is null)
        {
            context.Response.OnCompleted(() => FailAsync($"The provider refused: {PlainText.Of(error ?? "no code")}{(One(query["error_description"]) is { } why ? $" ({PlainText.Of(why)})" : "")}."));
            return AnswerAsync(context, StatusCodes.Status200OK, "You were not logged in. The command says more; you can close this page.");
        }

        context.Response.OnCompleted(() =>
        {
            _code.TrySetResult(code);
            return Task.CompletedTask;
        });
        return AnswerAsync(context, StatusCodes.Status200OK, "The provider logged you in. You can close this page and go back to the command.");
    }

    private Task FailAsync(string message)
    {
        _code.TrySetException(new LoginRefused(message));
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.Connection = "close";
        return context.Response.WriteAsync($"<!doctype html><html lang=\"en\"><head><title>PolicyGateway login</title></head><body><main><h1>PolicyGateway login</h1><p>{text}</p></main></body></html>");
    }
}
