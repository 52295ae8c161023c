using PolicyGateway.Cli;

return await GatewayCli.Create().Parse(args).InvokeAsync();
