namespace PolicyGateway.State;

/// <summary>Says in a copy of a store that it is one: whoever starts with it has to take away again what was taken away since.</summary>
internal sealed record BackupMark
{
    public const string Kind = "restored";
    public const string Id = "backup";

    /// <summary>When the copy was begun.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether somebody knows that not all of it can be taken away again, and has done the rest by hand or will.</summary>
    public bool IsAccepted { get; init; }

    public static StateSet<BackupMark> SetOf(IStateStore store) => new(store, Kind, static _ => []);
}
