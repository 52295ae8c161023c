using System.Collections.Frozen;
using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects;

/// <summary>Every field of a dialect's answers: one map for all frames, or one for each type of frame.</summary>
internal sealed class AnswerMap
{
    private readonly FieldMap? _only;

    /// <param name="only">The one map.</param>
    public AnswerMap(FieldMap only) => (_only, Types) = (only, FrozenDictionary<string, FieldMap>.Empty);

    /// <param name="typeField">The field that names a frame's type.</param>
    /// <param name="types">A map for each type; a frame of any other type is unknown.</param>
    public AnswerMap(string typeField, IReadOnlyDictionary<string, FieldMap> types) =>
        (TypeField, Types) = (typeField, types.ToFrozenDictionary());

    public string? TypeField { get; }

    public FrozenDictionary<string, FieldMap> Types { get; }

    public IEnumerable<FieldMap> All => _only is null ? Types.Values.Distinct() : [_only];

    /// <summary>The map of a frame, or null for a type that nobody knows.</summary>
    public FieldMap? For(string? type) => _only ?? (type is null ? null : Types.GetValueOrDefault(type));
}
