namespace PolicyGateway.Training.Learning;

/// <summary>What was chosen by leaving sources out; never by the development split.</summary>
/// <param name="Epochs">Passes over the data.</param>
/// <param name="Rate">Step size of AdaGrad.</param>
/// <param name="L2">Shrinkage of the weights that a row touches, per step.</param>
/// <param name="SourceExponent">A row weighs (rows of its source) to the power of minus this.</param>
/// <param name="WrittenWeight">Additional weight of the contrast groups.</param>
/// <param name="Dropout">Share of a row's features left out at each visit, so that no single word decides.</param>
/// <param name="Seed">Seeds the order of visits and the dropout.</param>
internal sealed record Hyperparameters(
    int Epochs = 8,
    float Rate = 0.3f,
    float L2 = 0f,
    float SourceExponent = 0.25f,
    float WrittenWeight = 3f,
    float Dropout = 0.1f,
    int Seed = 1);
