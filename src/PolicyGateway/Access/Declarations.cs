namespace PolicyGateway.Access;

/// <summary>The body that an endpoint reads.</summary>
internal sealed record TakenBody(Type Type);

/// <summary>Marks an endpoint whose answer has an <c>ETag</c>.</summary>
internal sealed record TaggedAnswer;

/// <summary>Marks an endpoint that makes its change only upon what <c>If-Match</c> names.</summary>
internal sealed record MatchedChange;

/// <summary>Marks an endpoint that may find nothing, though its path names nothing.</summary>
internal sealed record MayMiss;

/// <summary>A read that counts among the changes which a person may make in a minute, since it is as much work.</summary>
/// <param name="Parameter">Only where the query has this parameter; null for always.</param>
internal sealed record CountedRead(string? Parameter);

/// <summary>
/// What an endpoint says of itself. <see cref="AccessApi"/> acts by it, and does what is not said for nobody; <see cref="AccessDocument"/>
/// describes by it.
/// </summary>
internal static class Declarations
{
    /// <summary>Reads a body. Metadata of the framework's own that says so would have it refuse other types without a body of its own.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new TakenBody(typeof(T)));

    /// <summary>Takes a query of these parameters; one that says nothing takes none.</summary>
    public static RouteHandlerBuilder Queries(this RouteHandlerBuilder endpoint, params IEnumerable<QueryParameter> parameters) => endpoint.WithMetadata(new TakenQuery([.. parameters]));

    /// <summary>Answers page by page, and takes these parameters besides.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="prefix">Of the ids of what is in a page.</param>
    /// <param name="filters">What it takes besides.</param>
    public static RouteHandlerBuilder Paged(this RouteHandlerBuilder endpoint, string prefix, params IEnumerable<QueryParameter> filters) =>
        endpoint.Queries([.. filters, QueryParameter.After(prefix), QueryParameter.Limit]);

    public static RouteHandlerBuilder Tagged(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new TaggedAnswer());

    public static RouteHandlerBuilder Matched(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new MatchedChange());

    public static RouteHandlerBuilder Misses(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new MayMiss());

    public static RouteHandlerBuilder CountsAsChange(this RouteHandlerBuilder endpoint, QueryParameter? where = null) => endpoint.WithMetadata(new CountedRead(where?.Name));

    /// <summary>Says what an endpoint answers.</summary>
    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder endpoint, string summary, int status = StatusCodes.Status200OK) => endpoint
        .WithSummary(summary)
        .Produces<T>(status);
}
