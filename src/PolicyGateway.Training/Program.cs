using System.CommandLine;
using PolicyGateway.Training.Commands;

return new RootCommand("Trains, evaluates and exports the gateway's classifiers.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    ExportCommand.Create(),
    ScoreCommand.Create(),
    CalibrateCommand.Create(),
    TokensCommand.Create(),
    WordsCommand.Create(),
    PairsCommand.Create(),
    StatesCommand.Create(),
}.Parse(args).Invoke();
