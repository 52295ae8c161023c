using System.Runtime.CompilerServices;

// The trainer shares the featurizer and the windows, so that there is no skew between training and serving.
[assembly: InternalsVisibleTo("PolicyGateway.Training")]
[assembly: InternalsVisibleTo("PolicyGateway.Classification.Tests")]
[assembly: InternalsVisibleTo("PolicyGateway.Benchmarks")]
