namespace PolicyGateway.Identity;

/// <summary>What a person may do to the gateway. None of them opens a category.</summary>
internal enum Role
{
    /// <summary>Reads everything, changes nothing.</summary>
    Auditor,

    /// <summary>Takes away: revokes persons, organisations, credentials, issuers and grants.</summary>
    Operator,

    /// <summary>Decides requests and appeals, none of his own.</summary>
    Approver,

    /// <summary>All of it, and grants that nobody asked for.</summary>
    Administrator,

    /// <summary>Opens a category to himself in an emergency, for minutes; somebody else looks at it afterwards. Not among what an administrator may.</summary>
    Responder,

    /// <summary>Passes on what the person's own organisation holds, to people of it. Not among what an administrator may.</summary>
    Steward,
}
