namespace PolicyGateway.Training.Learning;

/// <summary>
/// What was chosen by leaving sources out; never by the development split. Dropout and weighing by source
/// brought nothing there once n-grams of a single window were left out, so they are off.
/// </summary>
/// <param name="Epochs">Passes over the data.</param>
/// <param name="Rate">Step size of AdaGrad.</param>
/// <param name="Damping">Start of AdaGrad's sums of squares. At zero the first step of a weight is as long for a gradient of nothing
/// as for a large one, so that harmless words end up carrying the rarity of every head.</param>
/// <param name="SourceExponent">A row weighs (rows of its source) to the power of minus this.</param>
/// <param name="WrittenWeight">Additional weight of the contrast groups.</param>
/// <param name="Dropout">Share of a row's features left out at each visit, so that no single word decides.</param>
/// <param name="Seed">Seeds the order of visits and the dropout.</param>
internal sealed record Hyperparameters(
    int Epochs = 8,
    float Rate = 0.5f,
    float Damping = 0.01f,
    float SourceExponent = 0f,
    float WrittenWeight = 5f,
    float Dropout = 0f,
    int Seed = 1);
