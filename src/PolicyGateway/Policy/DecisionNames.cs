namespace PolicyGateway.Policy;

/// <summary>The wire names of actions, modes and release modes, as they stand in records, metrics and output.</summary>
internal static class DecisionNames
{
    public static string Name(this DecisionAction action) => action switch
    {
        DecisionAction.Allow => "allow",
        DecisionAction.Hold => "hold",
        DecisionAction.StepUp => "step_up",
        DecisionAction.Refuse => "refuse",
        DecisionAction.Prohibit => "prohibit",
        _ => "unavailable",
    };

    public static string Name(this PolicyMode mode) => mode switch
    {
        PolicyMode.Enforce => "enforce",
        PolicyMode.Shadow => "shadow",
        _ => "off",
    };

    public static string Name(this ReleaseMode mode) => mode switch
    {
        ReleaseMode.PassThrough => "pass_through",
        ReleaseMode.Window => "window",
        _ => "hold_all",
    };
}
