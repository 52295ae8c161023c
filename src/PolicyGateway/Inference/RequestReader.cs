using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Hosting;

namespace PolicyGateway.Inference;

/// <summary>Reads a request's body once, bounded, into the bytes that are judged and forwarded.</summary>
internal sealed class RequestReader(IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>Bytes of buffer for a body of which nothing has come.</summary>
    private const int MostOnTrust = 64 * 1024;

    private readonly RequestLimits _limits = new(options.Value.MaxJsonDepth, options.Value.MaxChoices);

    public async ValueTask<PromptReading> ReadAsync(HttpRequest request, IDialect dialect, CancellationToken cancellationToken)
    {
        if (CheckHead(request) is { } fault)
        {
            return fault;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.Value.MaxRequestBytes;
        }

        // In all, since the server's own bound is a rate: at 240 bytes a second a body would hold its place for hours.
        using var deadline = new CancellationTokenSource(options.Value.MaxRead, time);
        using var reads = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        ArraySegment<byte>? body;
        try
        {
            body = await ReadBodyAsync(request, reads.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return TooSlow(request);
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => TooLarge(),
                StatusCodes.Status408RequestTimeout => TooSlow(request),
                var status => GatewayError.Invalid("The body could not be read to its end.") with { Status = status },
            };
        }

        if (body is null)
        {
            return TooLarge();
        }

        var head = Head(request);
        var reading = dialect.ReadPrompt(head, body.Value, _limits);
        if (reading.Prompt is not { } prompt)
        {
            return reading;
        }

        // What was parsed is what is forwarded.
        JudgedBody.Set(request.HttpContext, prompt.Body);
        return prompt with { IsModelInPath = head.Model is not null };
    }

    private static RequestHead Head(HttpRequest request) => new(
        request.RouteValues.TryGetValue("model", out var model) ? model as string : null,
        request.Query.TryGetValue("alt", out var alt) ? alt.ToString() : null);

    private GatewayError? CheckHead(HttpRequest request)
    {
        if (request.ContentLength > options.Value.MaxRequestBytes)
        {
            return TooLarge();
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return new GatewayError(StatusCodes.Status415UnsupportedMediaType, "invalid_request_error", "unsupported_media_type",
                "The content type must be application/json in UTF-8.");
        }

        return request.Headers.ContentEncoding.Count > 0
            ? new GatewayError(StatusCodes.Status415UnsupportedMediaType, "invalid_request_error", "unsupported_media_type",
                "The body must not be encoded: leave content-encoding out.")
            : null;
    }

    private async ValueTask<ArraySegment<byte>?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // One byte more than announced, so that the read which finds the end has room. What is announced costs its sender
        // nothing, so that much memory is taken only where it has begun to come.
        var buffer = new byte[Math.Max(256, (int)Math.Min(request.ContentLength ?? 4096, MostOnTrust) + 1)];
        var length = 0;
        int read;
        while ((read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0)
        {
            length += read;
            if (length > options.Value.MaxRequestBytes)
            {
                return null;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return new ArraySegment<byte>(buffer, 0, length);
    }

    private GatewayError TooSlow(HttpRequest request)
    {
        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            // What is still to come is nobody's. In the later versions it has a stream of its own, which the server resets.
            request.HttpContext.Response.Headers.Connection = "close";
        }

        return new GatewayError(StatusCodes.Status408RequestTimeout, "invalid_request_error", "request_timeout",
            $"The body did not come fast enough: at most {options.Value.MaxRead.TotalSeconds:0} seconds are waited for all of it.");
    }

    private GatewayError TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, "invalid_request_error", "request_too_large",
            $"The body is larger than {options.Value.MaxRequestBytes} bytes.");
}
