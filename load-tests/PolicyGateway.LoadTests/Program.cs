using System.CommandLine;
using PolicyGateway.LoadTests;
using PolicyGateway.LoadTests.Access;
using PolicyGateway.LoadTests.Held;
using PolicyGateway.LoadTests.Servers;
using PolicyGateway.LoadTests.Streams;

var root = new RootCommand("Measures the gateway against the same backend without it, behind nginx and behind bare YARP.")
{
    RunCommand.Create(),
    StreamsCommand.Create(),
    HeldCommand.Create(),
    AccessCommand.Create(),
    ScriptedBackend.CreateCommand(),
    BareYarp.CreateCommand(),
};
return await root.Parse(args).InvokeAsync();
