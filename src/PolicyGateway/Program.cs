using System.CommandLine;
using PolicyGateway.Cli;

// The host listens for Ctrl-C and SIGTERM itself, and lets requests end. The command line's own listener would end the
// process after two seconds, whatever is in flight, and fails on the second signal that "dotnet run" forwards.
return await GatewayCli.RunAsync(args, new InvocationConfiguration { ProcessTerminationTimeout = null });
