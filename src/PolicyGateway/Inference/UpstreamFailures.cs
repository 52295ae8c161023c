using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Forwarding;
using PolicyGateway.Release;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Inference;

/// <summary>What is wrong with a backend's answer before anybody reads its text.</summary>
internal static class UpstreamFailures
{
    /// <summary>Null for an answer that can be read.</summary>
    public static GatewayError? Of(HttpContext context, Hold hold, Framing framing) =>
        OfTransport(context, hold) ?? OfHead(hold.Response, framing);

    /// <summary>What went wrong below the dialect: the connection, its time-outs, and our own bounds.</summary>
    public static GatewayError? OfTransport(HttpContext context, Hold hold)
    {
        if (context.Features.Get<IForwarderErrorFeature>()?.Error is { } error && error != ForwarderError.None)
        {
            return OfForwarder(error) with
            {
                RetryAfter = error == ForwarderError.NoAvailableDestinations ? context.Features.Get<Attempts>()?.RetryAfter : null,
            };
        }

        return hold.Valve.End switch
        {
            UpstreamEnd.TooLarge => new GatewayError(
                StatusCodes.Status502BadGateway, "server_error", "completion_too_large",
                "The completion is larger than this gateway holds, so nothing was released.")
            {
                IsFinal = true,
            },
            UpstreamEnd.TooSlow => Failure(
                StatusCodes.Status504GatewayTimeout, "upstream_timeout", "The backend took longer than this gateway holds a completion."),
            UpstreamEnd.Broken => Failure(
                StatusCodes.Status502BadGateway, "upstream_failed", "The backend's answer broke off before its end."),
            _ => null,
        };
    }

    /// <summary>Says on the span of the call how it went; a connection that failed has no status of the backend's.</summary>
    public static void Tag(Activity? span, HttpContext context, int status)
    {
        if (span is null)
        {
            return;
        }

        var error = context.Features.Get<IForwarderErrorFeature>()?.Error ?? ForwarderError.None;
        if (error == ForwarderError.None)
        {
            span.SetTag("http.response.status_code", status);
        }

        if (error != ForwarderError.None || status >= 400)
        {
            span.SetTag("error.type", error == ForwarderError.None ? status.ToString(CultureInfo.InvariantCulture) : error.ToString());
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>The body is no answer of the dialect.</summary>
    public static GatewayError Unreadable() => Failure(
        StatusCodes.Status502BadGateway, "upstream_invalid_response", "The backend's answer could not be read to its end, so nothing more was released.");

    /// <summary>The backend's error in our words, where its own may not leave: whoever asked is to know that it was no answer, and when to ask again.</summary>
    public static GatewayError Replaced(HeldResponse response) => Replaced(response.StatusCode) with
    {
        RetryAfter = int.TryParse(response.Headers.RetryAfter.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
    };

    private static GatewayError Replaced(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => Failure(status, "upstream_rate_limited", "The backend is over its rate limit."),
        >= 400 and < 500 and not (401 or 403 or 407) => new GatewayError(
            status, "invalid_request_error", "upstream_rejected", "The backend rejected the request."),
        _ => Failure(StatusCodes.Status502BadGateway, "upstream_failed", "The backend failed."),
    };

    /// <summary>What is wrong with status and headers: an encoding, a content type or a charset that was not asked for.</summary>
    public static GatewayError? OfHead(HeldResponse response, Framing framing)
    {
        if (!StringValues.IsNullOrEmpty(response.Headers.ContentEncoding))
        {
            return Unreadable();
        }

        var expected = response.IsSuccess ? framing.MediaType() : "application/json";
        // In another charset a client would read other text than was judged.
        var isExpected = MediaTypeHeaderValue.TryParse(response.Headers.ContentType.ToString(), out var type)
            && type.MediaType.Equals(expected, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        return response.IsSuccess
            ? isExpected ? null : Unreadable()
            : isExpected && response.StatusCode is >= 400 and < 600 and not (401 or 403 or 407) ? null : Replaced(response);
    }

    private static GatewayError OfForwarder(ForwarderError error) => error switch
    {
        ForwarderError.RequestTimedOut => Failure(
            StatusCodes.Status504GatewayTimeout, "upstream_timeout", "The backend was silent for too long."),
        ForwarderError.NoAvailableDestinations => Failure(
            StatusCodes.Status503ServiceUnavailable, "upstream_unavailable", "No backend is available for this model."),
        _ => Failure(StatusCodes.Status502BadGateway, "upstream_failed", "The backend could not be reached or broke off."),
    };

    private static GatewayError Failure(int status, string code, string message) => new(status, "server_error", code, message);
}
