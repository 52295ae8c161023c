using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PolicyGateway.Access;

/// <summary>The OpenAPI documents of the access API: one for professionals, and one for operators on their own address.</summary>
internal static class AccessDocument
{
    public const string Professionals = "access";
    public const string Operators = "admin";

    private const string Bearer = "bearer";

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

    /// <summary>Says what body an endpoint reads. Metadata that says so would have the framework refuse other types without a body of its own.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint) => endpoint.AddOpenApiOperationTransformer(static async (operation, context, cancellationToken) =>
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken) },
            },
        });

    /// <summary>Says what an endpoint answers, and that its faults are problem details.</summary>
    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder endpoint, string summary, int status = StatusCodes.Status200OK) => endpoint
        .WithSummary(summary)
        .Produces<T>(status)
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    /// <summary>Names the members of a query that an endpoint reads by itself.</summary>
    public static RouteHandlerBuilder Describes(this RouteHandlerBuilder endpoint, string members) => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.Parameters = [.. operation.Parameters ?? [], .. members.Split(", ").Select(static name => new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Query,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        })];
        return Task.CompletedTask;
    });

    private static void Describe(OpenApiOptions options, string path, string title)
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith(path, StringComparison.Ordinal) == true;
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
}

/// <summary>A page of a list, for its description.</summary>
/// <param name="Items">In the order that the endpoint says.</param>
/// <param name="Next">What <c>after</c> is for the next page; missing at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
