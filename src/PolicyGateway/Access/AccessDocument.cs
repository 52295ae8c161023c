using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace PolicyGateway.Access;

/// <summary>
/// The OpenAPI documents of the access API: one for professionals, and one for operators on their own address. What an operation takes
/// and answers beside its own is read from what it declares (<see cref="Declarations"/>), by which <see cref="AccessApi"/> acts.
/// </summary>
internal static class AccessDocument
{
    public const string Professionals = "access";
    public const string Operators = "admin";

    private const string Bearer = "bearer";
    private const string Problem = "Problem";

    private static readonly Dictionary<int, string> Faults = new()
    {
        [400] = "The query, the credential, the body or a header is not as it should be",
        [401] = "There is no credential, or it does not count",
        [403] = "Whoever asks may not do this",
        [404] = "There is no such thing",
        [408] = "The body took too long to come",
        [409] = "What it is now does not allow this, or an Idempotency-Key came before",
        [412] = "It is not what If-Match says any more",
        [413] = "The body is too large",
        [415] = "The body is not application/json",
        [422] = "A value is not what it should be",
        [429] = "Too many in a minute, or open at once",
        [503] = "It could not be read, kept or recorded",
    };

    public static IServiceCollection AddAccessDocuments(this IServiceCollection services)
    {
        // Schemas are named and spelled as the bodies are.
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
        services.AddOpenApi(Professionals, static options => Describe(options, "v1/access/", "Access of professionals"));
        services.AddOpenApi(Operators, static options => Describe(options, "admin/", "Access, for operators"));
        return services;
    }

    private static void Describe(OpenApiOptions options, string path, string title)
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith(path, StringComparison.Ordinal) == true;
        options.AddOperationTransformer(DescribeAsync);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = title, Version = "1" };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
            return Task.CompletedTask;
        });
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var said = context.Description.ActionDescriptor.EndpointMetadata;
        var body = said.OfType<TakenBody>().LastOrDefault();
        if (body is not null)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(body.Type, null, cancellationToken) } },
            };
        }

        var repeats = IdempotencyKeys.CountFor(context.Description.HttpMethod);
        var (isTagged, isMatched) = (said.OfType<TaggedAnswer>().Any(), said.OfType<MatchedChange>().Any());
        operation.Parameters = [.. operation.Parameters ?? [], .. (said.OfType<TakenQuery>().LastOrDefault() ?? TakenQuery.None).Parameters.Select(Described)];
        Add(operation, repeats, IdempotencyKeys.Header, $"Makes the change once: a repetition within a day gets the first answer. 1 to {IdempotencyKeys.LongestKey} printable characters.");
        Add(operation, isMatched, HeaderNames.IfMatch, "The ETag of what you saw; the change is made upon nothing else.");
        Add(operation, isTagged, HeaderNames.IfNoneMatch, "The ETag of what you have; 304 where it is as it was.");

        if (isTagged)
        {
            operation.Responses!["304"] = new OpenApiResponse { Description = "It is as the ETag of If-None-Match says" };
        }

        var isNamed = context.Description.RelativePath!.Contains('{', StringComparison.Ordinal) || said.OfType<MayMiss>().Any();
        var isCounted = repeats || said.OfType<CountedRead>().Any();
        context.Document!.AddComponent(Problem, await context.GetOrCreateSchemaAsync(typeof(ProblemView), null, cancellationToken));
        foreach (var (status, _) in Faults.Where(fault => fault.Key switch
        {
            400 or 401 or 403 or 503 => true,
            404 => isNamed,
            408 or 413 or 415 => body is not null,
            412 => isMatched,
            409 or 422 => repeats,
            429 => isCounted,
            _ => false,
        }))
        {
            operation.Responses![status.ToString(CultureInfo.InvariantCulture)] = Fault(status, context.Document);
        }

        foreach (var (status, response) in operation.Responses!)
        {
            // What comes before the change is looked up, and what failed, is no answer that is kept.
            Add((OpenApiResponse)response, repeats && status is not ("401" or "429" or "503"), IdempotencyKeys.Replayed, "true where it is the answer of an earlier request.");
            Add((OpenApiResponse)response, isTagged && status is "200" or "304", HeaderNames.ETag, "Names what it is now.");
        }
    }

    private static OpenApiResponse Fault(int status, OpenApiDocument document)
    {
        var response = new OpenApiResponse
        {
            Description = Faults[status],
            Content = new Dictionary<string, OpenApiMediaType> { [AccessApi.ProblemType] = new() { Schema = new OpenApiSchemaReference(Problem, document) } },
        };
        Add(response, status is 400 or 401, HeaderNames.WWWAuthenticate, "Where it is the credential: what it should be.");
        Add(response, status is 401, Identity.DpopProofs.NonceHeader, "Where a proof is wanted with it.");
        Add(response, status is 429 or 503, HeaderNames.RetryAfter, "Seconds, where waiting alone helps.");
        return response;
    }

    private static OpenApiParameter Described(QueryParameter parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Query,
        Required = parameter.IsRequired,
        Description = $"Once: {parameter.Says}.",
        Schema = parameter.Schema(),
    };

    private static void Add(OpenApiOperation operation, bool isWanted, string header, string description)
    {
        if (isWanted)
        {
            operation.Parameters!.Add(new OpenApiParameter { Name = header, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }
    }

    private static void Add(OpenApiResponse response, bool isWanted, string header, string description)
    {
        if (isWanted)
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>();
            response.Headers[header] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }
    }
}

/// <summary>A page of a list, for its description.</summary>
/// <param name="Items">In the order that the endpoint says.</param>
/// <param name="Next">What <c>after</c> is for the next page; missing at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
