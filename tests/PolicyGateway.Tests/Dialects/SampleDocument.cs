using System.Text.Json.Nodes;
using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Tests.Dialects;

/// <summary>Makes the smallest document of a map that holds a given value at a given field.</summary>
internal static class SampleDocument
{
    public static string With(FieldMap map, FieldNode field, Func<JsonNode?> value) => Build(map.Root, field, value)!.ToJsonString();

    /// <summary>Whether a field, or something on the way to it, is of a kind; texts below are then read otherwise.</summary>
    public static bool IsBelow(FieldMap map, FieldNode field, FieldKind kind) =>
        map.All.Any(node => node.Kind == kind && (node == field || field.Path.StartsWith(node.Path + ".", StringComparison.Ordinal) || field.Path.StartsWith(node.Path + "[", StringComparison.Ordinal)));

    private static JsonNode? Build(FieldNode node, FieldNode target, Func<JsonNode?> value)
    {
        if (node == target)
        {
            return value();
        }

        var isOnTheWay = target.Path.StartsWith(node.Path, StringComparison.Ordinal);
        if (node.Item is { } item && (isOnTheWay ? target == item || target.Path.StartsWith(item.Path, StringComparison.Ordinal) : node.Kind == FieldKind.Container))
        {
            return new JsonArray(Build(item, target, value));
        }

        if (node.Children.Count > 0)
        {
            var made = new JsonObject();
            foreach (var child in node.Children)
            {
                var leads = target == child || target.Path.StartsWith(child.Path + ".", StringComparison.Ordinal) || target.Path.StartsWith(child.Path + "[", StringComparison.Ordinal);
                if (leads || child.IsRequired)
                {
                    made[child.Name] = Build(child, target, value);
                }
            }

            return made;
        }

        return node.Kind switch
        {
            FieldKind.OneOf => node.Words!.First(word => !word.Value).Key,
            FieldKind.Number or FieldKind.Index => 1,
            _ => "x",
        };
    }
}
