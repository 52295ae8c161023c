using Microsoft.AspNetCore.Http.Features;

namespace PolicyGateway.Release;

/// <summary>
/// Stands in for the response while the proxy writes to it: status, reason phrase and headers of the backend land here and
/// not with the client, and trailers land nowhere. What leaves is copied from here by an allow-list.
/// </summary>
internal sealed class HeldResponse : IHttpResponseFeature, IDisposable
{
    private readonly IFeatureCollection _features;
    private readonly IHttpResponseFeature _response;
    private readonly IHttpResponseBodyFeature _body;
    private readonly IHttpResponseTrailersFeature? _trailers;

    public HeldResponse(HttpContext context, ReleaseGate gate)
    {
        _features = context.Features;
        _response = _features.GetRequiredFeature<IHttpResponseFeature>();
        _body = _features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _trailers = _features.Get<IHttpResponseTrailersFeature>();
        Body = gate;
        _features.Set<IHttpResponseFeature>(this);
        _features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(gate));
        _features.Set<IHttpResponseTrailersFeature>(null);
    }

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public Stream Body { get; set; }

    /// <summary>Nothing of the backend's response starts before it is released.</summary>
    public bool HasStarted => false;

    /// <summary>Whether it is an answer with a body; 204 and 205 have none.</summary>
    public bool IsSuccess => StatusCode is >= 200 and < 300 and not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent);

    public void OnStarting(Func<object, Task> callback, object state) => _response.OnStarting(callback, state);

    public void OnCompleted(Func<object, Task> callback, object state) => _response.OnCompleted(callback, state);

    /// <summary>Lets status and allowed headers go to the client, once, before the first byte that passes.</summary>
    public void CopyHeadOnce(string decisionId)
    {
        if (!_response.HasStarted)
        {
            ResponseHead.CopyTo(_response, this, decisionId);
        }
    }

    /// <summary>As before a backend wrote to it.</summary>
    public void Clear() => (StatusCode, ReasonPhrase, Headers) = (StatusCodes.Status200OK, null, new HeaderDictionary());

    /// <summary>Gives the client's response back to the request.</summary>
    public void Dispose()
    {
        _features.Set(_response);
        _features.Set(_body);
        _features.Set(_trailers);
    }
}
