using System.CommandLine;
using System.Text.Json.Nodes;
using PolicyGateway.Identity;

namespace PolicyGateway.Cli.Access;

/// <summary><c>request</c>, <c>grant</c>, <c>revoke</c> and <c>key</c>: the gateway's access API from the command line.</summary>
internal static class AccessCommands
{
    public static IEnumerable<Command> Create() => [Request(), Grant(), Revoke(), Key()];

    private static Command Request()
    {
        var status = new Option<string>("--status") { Description = "pending, approved, denied or withdrawn.", DefaultValueFactory = _ => "pending" };
        var (id, reason, days) = (Id("request"), Reason(), new Option<int?>("--days") { Description = "For how many days, where it is fewer than were asked." }.TakesNumber());
        var (denied, bound) = (Reason(), new Option<bool>("--bind-project") { Description = "Count for tokens of the request's project only." });
        var (quota, page) = (new Quota(), new ListPage());
        return new Command("request", "Requests for access: the queue, and its answers.")
        {
            ApiCall.OfManagement().On(page.AddTo(new Command("list", "Print the queue, oldest first.") { status }), parsed => (HttpMethod.Get, page.Of(parsed, "/admin/requests", $"status={Escaped(parsed.GetRequiredValue(status))}"), null)),
            Of("approve", "Approve a request; with the last approval that its category wants comes the grant.", id, [reason, days, bound, .. quota.Options], parsed =>
                (HttpMethod.Post, $"/admin/requests/{Escaped(parsed.GetRequiredValue(id))}/approve", new JsonObject { ["reason"] = parsed.GetValue(reason), ["days"] = parsed.GetValue(days), ["bind_project"] = parsed.GetValue(bound), ["quota"] = quota.Of(parsed) })),
            Of("deny", "Deny a request.", id, [denied], parsed =>
                (HttpMethod.Post, $"/admin/requests/{Escaped(parsed.GetRequiredValue(id))}/deny", new JsonObject { ["reason"] = parsed.GetValue(denied) })),
        };
    }

    private static Command Grant()
    {
        var (holder, page, quota, id, reason, ended) = (new Holder(), new ListPage(), new Quota(), Id("grant"), Reason(), Reason());
        var categories = new Option<string[]>("--category") { Description = "A category that it opens; may be repeated.", Required = true };
        var models = new Option<string[]>("--model") { Description = "A model that it counts for; may be repeated. Default: all." };
        var days = new Option<int>("--days") { Description = "For how many days.", Required = true };
        var project = new Option<string?>("--project") { Description = "The project that it is for." };
        var bound = new Option<bool>("--bind-project") { Description = "Count for tokens of that project only." };
        var assignable = new Option<bool>("--assignable") { Description = "An organisation's, which opens to nobody by itself: its stewards pass it on." };
        return new Command("grant", "Grants: what was opened to whom.")
        {
            ApiCall.OfManagement().On(page.AddTo(holder.AddTo(new Command("list", "Print the grants of a person or an organisation, newest first."))), parsed => (HttpMethod.Get, page.Of(parsed, "/admin/grants", holder.Query(parsed)), null)),
            ApiCall.OfManagement().On(holder.AddTo(new Command("create", "Grant categories that nobody asked for.") { categories, models, project, bound, assignable, days, quota.Options[0], quota.Options[1], reason }), parsed => (HttpMethod.Post, "/admin/grants", holder.Put(parsed, new JsonObject
            {
                ["categories"] = List(parsed.GetValue(categories)),
                ["models"] = List(parsed.GetValue(models)),
                ["project"] = parsed.GetValue(project),
                ["bind_project"] = parsed.GetValue(bound),
                ["assignable"] = parsed.GetValue(assignable),
                ["days"] = parsed.GetValue(days),
                ["quota"] = quota.Of(parsed),
                ["reason"] = parsed.GetValue(reason),
            }))),
            Of("revoke", "End a grant, at once and in answers under way.", id, [ended], parsed =>
                (HttpMethod.Post, $"/admin/grants/{Escaped(parsed.GetRequiredValue(id))}/revoke", new JsonObject { ["reason"] = parsed.GetValue(ended) })),
        };
    }

    private static Command Revoke()
    {
        var target = new Argument<string>("target") { Description = "What counts no longer." }.AcceptOnlyFromAmong("person", "organisation", "credential", "issuer");
        var issuer = new Option<string>("--issuer") { Description = "The issuer that it belongs to.", Required = true };
        var subject = new Option<string?>("--subject") { Description = "The person (sub)." };
        var name = new Option<string?>("--name") { Description = "The organisation or the credential." };
        var before = new Option<DateTimeOffset?>("--issued-before") { Description = "Only tokens that were issued before this time, with its zone (RFC 3339), such as 2026-11-27T08:00:00Z.", HelpName = "TIME" }.TakesMoment();
        var (id, reason, lifted, page) = (Id("revocation"), Reason(), Reason(), new ListPage());
        return new Command("revoke", "Revocations: what counts no longer, at once and in answers under way.")
        {
            ApiCall.OfManagement().On(page.AddTo(new Command("list", "Print what is revoked, newest first.")), parsed => (HttpMethod.Get, page.Of(parsed, "/admin/revocations"), null)),
            ApiCall.OfManagement().On(new Command("add", "Revoke a person, an organisation, a credential or an issuer.") { target, issuer, subject, name, before, reason }, parsed => (HttpMethod.Post, "/admin/revocations", new JsonObject
            {
                ["target"] = parsed.GetRequiredValue(target),
                ["issuer"] = parsed.GetRequiredValue(issuer),
                ["subject"] = parsed.GetValue(subject),
                ["name"] = parsed.GetValue(name),
                ["issued_before"] = parsed.GetValue(before),
                ["reason"] = parsed.GetValue(reason),
            })),
            Of("lift", "Let count again what was revoked.", id, [lifted], parsed =>
                (HttpMethod.Post, $"/admin/revocations/{Escaped(parsed.GetRequiredValue(id))}/lift", new JsonObject { ["reason"] = parsed.GetValue(lifted) })),
        };
    }

    private static Command Key()
    {
        var (id, rotated, reason, page) = (Id("key"), Id("key"), Reason(), new ListPage());
        var name = new Option<string>("--name") { Description = "What you call it.", Required = true };
        var days = new Option<int>("--days") { Description = "For how many days it counts.", DefaultValueFactory = _ => 30 };
        var scope = new Option<string>("--scope") { Description = $"What it is for: one or more of {ApiScopes.All}, in one argument.", DefaultValueFactory = _ => ApiScopes.Word(ApiScope.Inference) };
        var models = new Option<string[]>("--model") { Description = "A model that it may ask; may be repeated. Default: all that its tier may." };
        var categories = new Option<string[]>("--category") { Description = "A gated category that it may open, where you may; may be repeated. Default: all that you may." };
        var none = new Option<bool>("--no-categories") { Description = "It opens no gated category: a key for ordinary work only." };
        var overlap = new Option<double>("--overlap-hours") { Description = "How long the old key still counts, 0 to 168.", DefaultValueFactory = _ => 24 };
        var create = new Command("create", "Make a key and print it, this once.") { name, days, scope, models, categories, none };
        create.Validators.Add(parsed =>
        {
            if (parsed.GetValue(none) && parsed.GetValue(categories) is { Length: > 0 })
            {
                parsed.AddError("--no-categories: not with --category.");
            }
        });
        return new Command("key", "Your own API keys.")
        {
            ApiCall.OfPublic().On(page.AddTo(new Command("list", "Print your keys, newest first.")), parsed => (HttpMethod.Get, page.Of(parsed, "/v1/access/keys"), null)),
            ApiCall.OfPublic().On(create, parsed => (HttpMethod.Post, "/v1/access/keys", new JsonObject
            {
                ["name"] = parsed.GetValue(name),
                ["days"] = parsed.GetValue(days),
                ["scope"] = parsed.GetValue(scope),
                ["models"] = parsed.GetValue(models) is { Length: > 0 } asked ? List(asked) : null,
                ["categories"] = parsed.GetValue(none) ? [] : parsed.GetValue(categories) is { Length: > 0 } opened ? List(opened) : null,
            })),
            Of("rotate", "Make a key that takes another's place.", rotated, [overlap], parsed =>
                (HttpMethod.Post, $"/v1/access/keys/{Escaped(parsed.GetRequiredValue(rotated))}/rotate", new JsonObject { ["overlap_hours"] = parsed.GetValue(overlap) }), ApiCall.OfPublic()),
            Of("revoke", "End a key, at once and in answers under way.", id, [reason], parsed =>
                (HttpMethod.Post, $"/v1/access/keys/{Escaped(parsed.GetRequiredValue(id))}/revoke", new JsonObject { ["reason"] = parsed.GetValue(reason) }), ApiCall.OfPublic()),
        };
    }

    private static Command Of(
        string name, string description, Argument<string> id, Option[] options, Func<ParseResult, (HttpMethod, string, JsonObject?)> request, ApiCall? call = null)
    {
        var command = new Command(name, description) { id };
        Array.ForEach(options, command.Add);
        return (call ?? ApiCall.OfManagement()).On(command, request);
    }

    private static Argument<string> Id(string of) => new("id") { Description = $"The {of}'s id." };

    private static Option<string> Reason() => new("--reason") { Description = "Why; it stands in the audit.", Required = true };

    private static JsonArray List(string[]? texts) => [.. (texts ?? []).Select(static text => (JsonNode)text)];

    private static string Escaped(string text) => Uri.EscapeDataString(text);

    /// <summary>How much a grant opens.</summary>
    private sealed class Quota
    {
        private readonly Option<int?> _releases = new Option<int?>("--quota") { Description = "At most so many gated releases in each period." }.TakesNumber();
        private readonly Option<int> _days = new("--quota-days") { Description = "How many days a period has.", DefaultValueFactory = _ => 1 };

        public Option[] Options => [_releases, _days];

        public JsonObject? Of(ParseResult parsed) => parsed.GetValue(_releases) is { } releases
            ? new JsonObject { ["releases"] = releases, ["per_days"] = parsed.GetValue(_days) }
            : null;
    }

    /// <summary>Whose grants are meant.</summary>
    private sealed class Holder
    {
        private readonly Option<string> _issuer = new("--issuer") { Description = "The issuer that knows the person or the organisation.", Required = true };
        private readonly Option<string?> _subject = new("--subject") { Description = "The person (sub)." };
        private readonly Option<string?> _organisation = new("--organisation") { Description = "The organisation, instead of a person." };

        public Command AddTo(Command command)
        {
            command.Add(_issuer);
            command.Add(_subject);
            command.Add(_organisation);
            return command;
        }

        public string Query(ParseResult parsed) => string.Join('&', new[] { ("issuer", parsed.GetValue(_issuer)), ("subject", parsed.GetValue(_subject)), ("organisation", parsed.GetValue(_organisation)) }
            .Where(static pair => pair.Item2 is not null).Select(static pair => $"{pair.Item1}={Escaped(pair.Item2!)}"));

        public JsonObject Put(ParseResult parsed, JsonObject body)
        {
            if (parsed.GetValue(_subject) is { } subject)
            {
                body["person"] = new JsonObject { ["issuer"] = parsed.GetValue(_issuer), ["subject"] = subject };
            }

            if (parsed.GetValue(_organisation) is { } organisation)
            {
                body["organisation"] = new JsonObject { ["issuer"] = parsed.GetValue(_issuer), ["name"] = organisation };
            }

            return body;
        }
    }
}
