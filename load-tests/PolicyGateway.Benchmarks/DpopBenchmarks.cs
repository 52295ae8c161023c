using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Benchmarks;

/// <summary>What the proof of one request costs; at most 250 us.</summary>
public class DpopBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DefaultHttpContext _context = new();
    private readonly string _token = new('a', 1024);
    private DpopProofs _proofs = null!;
    private string _proof = null!;
    private Confirmation _bound = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _context.Request.Method = "POST";
        _context.Request.Path = "/v1/chat/completions";
        var time = new Frozen();
        _proofs = new DpopProofs(
            new Forgetful(time),
            Options.Create(new IdentityOptions()),
            Options.Create(new GatewayOptions { PublicUrl = new Uri("https://gateway.example") }),
            time);
        (_proof, var thumbprint) = Prove();
        _bound = new Confirmation(thumbprint, null);
    }

    /// <summary>A token that is remembered, and with it the key.</summary>
    [Benchmark]
    public Task CheckProof() => CheckAsync(_bound);

    /// <summary>A token that comes for the first time: its key is imported, too.</summary>
    [Benchmark]
    public Task CheckFirstProof() => CheckAsync(new Confirmation(_bound.Key, null));

    private async Task CheckAsync(Confirmation bound)
    {
        if (await _proofs.CheckAsync(_context, _token, _proof, bound) is { } fault)
        {
            throw new InvalidOperationException(fault.Reason);
        }
    }

    private (string Proof, byte[] Thumbprint) Prove()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        var jwk = new JsonWebKey { Kty = "EC", Crv = "P-256", X = Base64UrlEncoder.Encode(point.X), Y = Base64UrlEncoder.Encode(point.Y) };
        var content = string.Join('.', Encode(new { typ = "dpop+jwt", alg = "ES256", jwk = new { kty = "EC", crv = "P-256", x = jwk.X, y = jwk.Y } }), Encode(new
        {
            jti = Guid.NewGuid(),
            htm = "POST",
            htu = "https://gateway.example/v1/chat/completions",
            iat = Now.ToUnixTimeSeconds(),
            ath = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(_token))),
        }));
        var signature = key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256);
        return (content + "." + Base64UrlEncoder.Encode(signature), jwk.ComputeJwkThumbprint());
    }

    private static string Encode(object value) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(value));

    private sealed class Frozen : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>Real marks that end at once, so that the one proof of a client can be sent again.</summary>
    private sealed class Forgetful(TimeProvider time) : IStateStore
    {
        private readonly Marks _marks = new(time);

        public DateTimeOffset MarksSince => DateTimeOffset.MinValue;

        public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => new(false);

        public ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
            new(_marks.TryMark(scope, id, DateTimeOffset.MinValue));

        public ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
