using System.CommandLine;
using PolicyGateway.Cli;

// The host listens for Ctrl-C and SIGTERM itself. The command line's own listener fails on a second signal, and
// "dotnet run" in a terminal always causes one: the terminal signals both processes, and dotnet forwards its own.
return await GatewayCli.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
