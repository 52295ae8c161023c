namespace PolicyGateway.Policy;

/// <summary>Where a request takes its policy from: read once per request, so that one request sees one policy.</summary>
internal interface IPolicySource
{
    PolicySnapshot Current { get; }
}
