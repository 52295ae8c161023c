using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PolicyGateway.Audit;
using PolicyGateway.Bundles;
using PolicyGateway.Hosting;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>The operators' document names log events as the console prints them.</summary>
public sealed partial class LogEventsDocumentTests
{
    /// <summary>Whose logger those use that have none of their own.</summary>
    private static readonly Dictionary<Type, Type> Lent = new()
    {
        [typeof(ChainWriter)] = typeof(SqliteAuditLog),
        [typeof(CandidateRun)] = typeof(CandidateJudge),
        [typeof(StatusListSource)] = typeof(StatusLists),
        [typeof(EventPoller)] = typeof(SecurityEventPoll),
    };

    [Fact]
    public void The_operators_table_lists_every_log_event_with_its_category_and_number()
    {
        var events =
            from type in typeof(GatewayHost).Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select $"{message.EventName} {message.Level} {CategoryOf(type.DeclaringType!)}[{NumberOf(method)}]";
        var documented = TableRow().Matches(ConventionTests.ReadDocument("docs/operations.md"))
            .Select(static row => $"{row.Groups["name"].Value} {row.Groups["level"].Value} {row.Groups["printed"].Value}");

        Assert.Equal(events.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static string CategoryOf(Type type)
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var own = type.GetMembers(All).OfType<MethodBase>().SelectMany(static method => method.GetParameters())
            .Select(static parameter => parameter.ParameterType)
            .Where(static parameter => parameter.IsGenericType && parameter.GetGenericTypeDefinition() == typeof(ILogger<>))
            .Select(static parameter => parameter.GenericTypeArguments[0]).Distinct().SingleOrDefault();
        return (own ?? Lent[type]).FullName!;
    }

    /// <summary>The number that the compiler gave it, where it has none in the source.</summary>
    private static int NumberOf(MethodInfo method)
    {
        var seen = new SeenNumber();
        method.Invoke(null, [.. method.GetParameters().Select(parameter => parameter.ParameterType == typeof(ILogger) ? seen
            : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)]);
        return seen.Number;
    }

    private sealed class SeenNumber : ILogger
    {
        public int Number { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Number = eventId.Id;
    }

    [GeneratedRegex(@"^\| `(?<name>[\w.]+)` \| (?<level>\w+) \| `(?<printed>PolicyGateway\.[\w.]+\[\d+\])` \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
