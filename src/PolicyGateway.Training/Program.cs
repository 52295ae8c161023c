using System.CommandLine;
using PolicyGateway.Training.Commands;

return new RootCommand("Trains, evaluates and exports the gateway's stage-1 classifier.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    ExportCommand.Create(),
    ScoreCommand.Create(),
}.Parse(args).Invoke();
