using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("PolicyGateway.Classification.Tests")]
