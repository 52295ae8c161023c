namespace PolicyGateway.Inference;

/// <summary>The backend failed after the response had started; the connection is closed before the body's end.</summary>
internal sealed class BrokenStreamException() : Exception("The backend failed after the response had started.");
