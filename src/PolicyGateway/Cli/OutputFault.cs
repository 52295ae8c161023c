namespace PolicyGateway.Cli;

/// <summary>What a command prints cannot be written, such as to a full disk. No <see cref="IOException"/>, which commands expect of the files that they read.</summary>
internal sealed class OutputFault(string message, Exception inner) : Exception(message, inner);
