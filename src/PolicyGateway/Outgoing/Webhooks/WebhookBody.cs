using System.Globalization;
using System.Text.Json.Nodes;
using PolicyGateway.Portal;

namespace PolicyGateway.Outgoing.Webhooks;

/// <summary>What a webhook says: ids, categories, states and times, a link to the page, and who it is about as far as the receiver may know.</summary>
internal sealed class WebhookBody(Pseudonyms pseudonyms, Sites sites)
{
    public string Write(Happening happening, string receiver, bool includesPersons, DateTimeOffset now)
    {
        var data = new JsonObject { ["id"] = happening.Id };
        foreach (var (name, value) in happening.Details)
        {
            data[name] = value;
        }

        if (!happening.Categories.IsDefaultOrEmpty)
        {
            data["categories"] = new JsonArray([.. happening.Categories.Select(static category => (JsonNode)category)]);
        }

        AddPeople(data, happening, receiver, includesPersons);
        if (LinkOf(happening) is { } link)
        {
            data["link"] = link.AbsoluteUri;
        }

        return new JsonObject
        {
            ["type"] = happening.Type,
            ["timestamp"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["data"] = data,
        }.ToJsonString();
    }

    private void AddPeople(JsonObject data, Happening happening, string receiver, bool includesPersons)
    {
        if (happening.Person is { } person)
        {
            data["person"] = includesPersons
                ? new JsonObject { ["issuer"] = person.Issuer, ["subject"] = person.Subject }
                : new JsonObject { ["pseudonym"] = pseudonyms.Of(receiver, person) };
        }

        if (happening.Organisation is { } organisation)
        {
            data["organisation"] = includesPersons
                ? new JsonObject { ["issuer"] = organisation.Issuer, ["name"] = organisation.Name }
                : new JsonObject { ["pseudonym"] = pseudonyms.Of(receiver, organisation) };
        }
    }

    /// <summary>The page of whoever has to act, or wants to know; none where there are no pages.</summary>
    private Uri? LinkOf(Happening happening)
    {
        if (!sites.Exist)
        {
            return null;
        }

        var (site, path) = happening.Type switch
        {
            Happening.RequestCreated => (sites.Console, "/requests/" + happening.Id),
            Happening.RequestApproved or Happening.RequestDenied or Happening.RequestWithdrawn => (sites.Portal, "/requests"),
            Happening.AppealCreated => (sites.Console, "/appeals/" + happening.Id),
            Happening.AppealDecided => (sites.Portal, "/appeals"),
            Happening.KeyCreated or Happening.KeyRevoked => (sites.Portal, "/keys"),
            Happening.RevocationCreated or Happening.RevocationLifted => (sites.Console, "/revocations"),
            _ => (sites.Portal, ""),
        };
        return new Uri(site.Url, site.Root + path);
    }
}
