namespace PolicyGateway.Telemetry;

/// <summary>
/// The port of <c>Gateway:ManagementUrl</c>. A request belongs to management when it arrived at this local port: a fact of
/// the connection, while the Host header is whatever the client wrote.
/// </summary>
internal sealed record ManagementAddress(int Port)
{
    public const string Key = "Gateway:ManagementUrl";

    public const string Default = "http://127.0.0.1:9090";

    public static ManagementAddress From(IConfiguration configuration)
    {
        var text = configuration[Key] ?? Default;
        var port = text.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? BindingAddress.Parse(text).Port : 0;
        return port > 0
            ? new ManagementAddress(port)
            : throw new InvalidOperationException($"{Key} must be an address with a port of its own, such as {Default}.");
    }

    public bool Received(HttpContext context) => context.Connection.LocalPort == Port;
}
