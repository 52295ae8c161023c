using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>What the endpoints of professionals and of operators share: who asks, bodies, pages, problems.</summary>
internal sealed class AccessApi(CallerReader callers, BearerChallenge challenge, ChangeLimit limit, IdempotencyKeys keys, Uri publicUrl)
{
    public static readonly AccessFault NoOwner = AccessFault.BadQuery("Name a person (issuer, subject) or an organisation (issuer, organisation).");

    public const string ProblemType = "application/problem+json";
    public const int LargestBody = 64 * 1024;
    public const int LongestPage = 200;
    public const int UsualPage = 50;

    public static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Wire = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 16,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Answers for a person who is logged in.</summary>
    public Task<IResult> ForAsync(HttpContext context, Func<Caller, PersonRef, Task<IResult>> answer) => AnswerAsync(context, null, answer);

    private async Task<IResult> AnswerAsync(HttpContext context, IReadOnlyList<Role>? roles, Func<Caller, PersonRef, Task<IResult>> answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var identified = await callers.ReadAsync(context, HeaderNames.Authorization, scope: null);
        if (identified.Caller is not { } caller || PersonRef.Of(caller) is not { } person)
        {
            if (identified.Fault?.StatusCode != StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.WWWAuthenticate = challenge.For(identified.Fault);
            }

            return Problem(identified.Fault is { } fault
                ? new AccessFault(fault.StatusCode, fault.Error, fault.Description)
                : new AccessFault(StatusCodes.Status401Unauthorized, "authentication_required", "An access token is required: send it as 'Authorization: Bearer'."));
        }

        if (!IsPerson(caller))
        {
            return Problem(AccessFault.Forbidden("This needs a person who is logged in; an API key, or somebody who acts for a person, is none."));
        }

        if (roles is not null && !caller.Has(roles))
        {
            return Problem(AccessFault.Forbidden($"This needs one of the roles {string.Join(", ", roles.Append(Role.Administrator).Distinct()).ToLowerInvariant()}."));
        }

        var isChange = !HttpMethods.IsGet(context.Request.Method);
        if ((TakenQuery.Of(context).Check(context.Request.Query) ?? (isChange ? CannotChange(caller) : null) ?? (isChange || IsCounted(context) ? Charge(person) : null)) is { } refused)
        {
            return Problem(refused);
        }

        context.Features.Set(caller);
        try
        {
            return IdempotencyKeys.CountFor(context.Request.Method) && context.Request.Headers.ContainsKey(IdempotencyKeys.Header)
                ? await keys.OnceAsync(context, person, () => answer(caller, person), Problem)
                : await answer(caller, person);
        }
        catch (Exception fault) when (fault is StateUnavailableException or AuditUnavailableException)
        {
            // What could not be kept, or not be recorded, did not happen; a revocation is in force all the same.
            return Problem(new AccessFault(StatusCodes.Status503ServiceUnavailable, "unavailable", "It could not be read, kept or recorded; try again.") { RetryAfter = ChangeLimit.RetryAfter });
        }
    }

    /// <summary>A key in a client's settings is no person, and an agent that acts for one is another: neither asks, decides or makes keys.</summary>
    public static bool IsPerson(Caller caller) => caller is { KeyId: null, IsDelegated: false, Actors.IsEmpty: true };

    /// <summary>Answers for somebody who has one of the roles.</summary>
    public Task<IResult> ForAsync(HttpContext context, IReadOnlyList<Role> roles, Func<PersonRef, Task<IResult>> answer) =>
        ForAsync(context, roles, (_, person) => answer(person));

    /// <inheritdoc cref="ForAsync(HttpContext, IReadOnlyList{Role}, Func{PersonRef, Task{IResult}})"/>
    public Task<IResult> ForAsync(HttpContext context, IReadOnlyList<Role> roles, Func<Caller, PersonRef, Task<IResult>> answer) =>
        AnswerAsync(context, roles, answer);

    /// <summary>Why somebody changes nothing with this token; null where he may.</summary>
    public static AccessFault? CannotChange(Caller caller) =>
        // A key, or a request, would carry what the token was made without.
        caller.Narrowing is not null ? AccessFault.Forbidden("The access token is narrowed by authorization_details; changes need one that is not.")

        // What is given by a token that may have been revoked meanwhile outlasts it.
        : caller.IsStatusOld ? new AccessFault(StatusCodes.Status503ServiceUnavailable, AuthenticationFault.Unavailable, "Whether the access token still counts could not be asked of its issuer for a minute, so it changes nothing for now; it still reads. Try again later.") { RetryAfter = ChangeLimit.RetryAfter }
        : null;

    /// <summary>Counts one of the changes that a person may make in a minute; a fault where that were too many.</summary>
    private AccessFault? Charge(PersonRef person) => limit.Allows(person) ? null : ChangeLimit.Fault;

    private static bool IsCounted(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<CountedRead>() is { } read && (read.Parameter is null || context.Request.Query.ContainsKey(read.Parameter));

    /// <summary>Whoever acts otherwise than he says has a description that is wrong; any test of the endpoint finds it.</summary>
    private static void Demand(HttpContext context, bool isDeclared)
    {
        if (!isDeclared)
        {
            throw new InvalidOperationException($"{context.GetEndpoint()} does what it does not declare.");
        }
    }

    /// <summary>Reads a body strictly: unknown members, doubled ones and other types are faults.</summary>
    private static async Task<AccessResult<T>> ReadAsync<T>(HttpContext context)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            return new AccessFault(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send application/json.");
        }

        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            return new AccessFault(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must not be encoded: leave Content-Encoding out.");
        }

        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LargestBody;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(LongestRead);
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Wire, limit.Token) is { } value
                ? value
                : AccessFault.Invalid("The body is null.");
        }
        catch (JsonException fault)
        {
            return new AccessFault(StatusCodes.Status400BadRequest, "invalid_json", $"The body is not what this endpoint takes: {Where(fault)}");
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return new AccessFault(StatusCodes.Status408RequestTimeout, "request_timeout", $"The body took longer than {LongestRead.TotalSeconds:0} s to come.");
        }
        catch (BadHttpRequestException fault)
        {
            return new AccessFault(fault.StatusCode, "invalid_body", $"The body could not be read; {LargestBody} bytes are the most.");
        }
    }

    /// <summary>Reads the body and answers with what is made of it.</summary>
    public async Task<IResult> WithBodyAsync<T, TAnswer>(HttpContext context, Func<T, Task<AccessResult<TAnswer>>> make, int status = StatusCodes.Status200OK)
        where T : class
        where TAnswer : class
    {
        Demand(context, context.GetEndpoint()!.Metadata.GetMetadata<TakenBody>()?.Type == typeof(T));
        var read = await ReadAsync<T>(context);
        if (read.Value is not { } body)
        {
            return Problem(read.Fault!);
        }

        // A body may take its time, in which a caller may lose what he came with.
        return context.Features.Get<Caller>() is { } caller && callers.StillAdmits(caller)
            ? Answer(await make(body), status)
            : Problem(new AccessFault(AuthenticationFault.Revoked.StatusCode, AuthenticationFault.Revoked.Error, AuthenticationFault.Revoked.Description));
    }

    public IResult Answer<T>(AccessResult<T> result, int status = StatusCodes.Status200OK)
        where T : class => result.Value is { } value ? Json(value, status) : Problem(result.Fault!);

    public static IResult Json(object value, int status = StatusCodes.Status200OK) => Results.Json(value, Wire, "application/json", status);

    /// <summary>The same as a file to keep, which nothing on the way does. Its name names nobody.</summary>
    public static IResult File(HttpContext context, object value, string name)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.json\"";
        return Json(value);
    }

    /// <summary>One thing with its <c>ETag</c>; 304 where the client has it as it is.</summary>
    public static IResult Tagged(HttpContext context, object value)
    {
        Demand(context, context.GetEndpoint()!.Metadata.GetMetadata<TaggedAnswer>() is not null);
        var (json, tag) = TagOf(value);
        context.Response.GetTypedHeaders().ETag = tag;
        return context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(json, "application/json");
    }

    /// <summary>What is wrong with changing a thing that is not as the client saw it (<c>If-Match</c>): asked by the change itself, of the very record that it replaces.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shown">What the client was shown of the thing; null for all of it.</param>
    /// <returns>Says it of the thing as it is, null where there is none of that id.</returns>
    public static Func<T?, AccessFault?> AsSeen<T>(HttpContext context, Func<T, object>? shown = null)
        where T : class
    {
        Demand(context, context.GetEndpoint()!.Metadata.GetMetadata<MatchedChange>() is not null);
        if (!context.Request.Headers.ContainsKey(HeaderNames.IfMatch))
        {
            return static _ => null;
        }

        var wanted = context.Request.GetTypedHeaders().IfMatch;
        return thing => thing is not null && wanted.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(TagOf(shown?.Invoke(thing) ?? thing).Tag, useStrongComparison: true))
            ? null
            : new AccessFault(StatusCodes.Status412PreconditionFailed, "precondition_failed", "It has changed since you saw it, or is not there; look at it again.");
    }

    private static (byte[] Json, EntityTagHeaderValue Tag) TagOf(object value)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Wire);
        return (json, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(json).AsSpan(0, 16))}\""));
    }

    /// <summary>RFC 9457.</summary>
    public IResult Problem(AccessFault fault) => new ProblemAnswer(
        new ProblemView(Problems.TypeOf(publicUrl, fault.Code), fault.Code.Replace('_', ' '), fault.Status, fault.Detail), fault.RetryAfter);

    private sealed class ProblemAnswer(ProblemView problem, TimeSpan? retryAfter) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            if (retryAfter is { } wait)
            {
                context.Response.Headers.RetryAfter = wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            }

            return Results.Json(problem, Wire, ProblemType, problem.Status).ExecuteAsync(context);
        }
    }

    /// <summary>A page of what has ids; <c>next</c> is where the following one begins.</summary>
    public static async Task<IResult> PageAsync<T>(
        HttpContext context, Func<string?, int, Task<IReadOnlyList<T>>> list, Func<T, string> id, Func<T, object>? show = null)
    {
        Demand(context, TakenQuery.Of(context).IsPaged);
        var limit = QueryParameter.NumberOf(context.Request.Query["limit"]) ?? UsualPage;
        var items = await list(context.Request.Query["after"], limit);
        return Json(new { items = items.Select(item => show is null ? item! : show(item)), next = items.Count == limit ? id(items[^1]) : null });
    }

    /// <summary>A word of a query that was checked.</summary>
    public static T Word<T>(HttpContext context, string name, T fallback)
        where T : struct, Enum => Enum.TryParse<T>(context.Request.Query[name], ignoreCase: true, out var value) ? value : fallback;

    /// <summary>Whose records are asked for by a query; null where it does not say.</summary>
    public static string? OwnerOf(IQueryCollection query) => ((string?)query["issuer"], (string?)query["subject"], (string?)query["organisation"]) switch
    {
        ({ } issuer, { } subject, null) => new PersonRef(issuer, subject).Key(),
        ({ } issuer, null, { } organisation) => new OrganisationRef(issuer, organisation).Key(),
        _ => null,
    };

    /// <summary>The serializer's own sentence may quote the body.</summary>
    private static string Where(JsonException fault) =>
        $"look at {(string.IsNullOrEmpty(fault.Path) ? "$" : PlainPath(fault.Path))} (line {fault.LineNumber + 1}).";

    private static string PlainPath(string path) => path.Length <= 100 && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '$' or '.' or '_' or '[' or ']') ? path : "a member";
}
