using Microsoft.Extensions.Options;

namespace PolicyGateway.Configuration;

/// <summary>
/// Binds a section setting by setting, so that a value that cannot be read, or a key that nobody reads, is one fault among
/// the others. The binder alone stops at the first, by an exception that hides the rest.
/// </summary>
internal static class StrictBinding
{
    public static OptionsBuilder<TOptions> BindStrictly<TOptions>(this OptionsBuilder<TOptions> builder, IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new Readable<TOptions>(configuration.GetSection(section)));
        return builder.Configure(options => Bind(configuration.GetSection(section), options));
    }

    /// <summary>Sets what can be read.</summary>
    /// <returns>A sentence for each setting that cannot.</returns>
    public static List<string> Bind<TOptions>(IConfigurationSection section, TOptions options)
        where TOptions : class
    {
        var faults = new List<string>();
        foreach (var setting in section.GetChildren())
        {
            try
            {
                Only(section, setting).Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException fault)
            {
                faults.AddRange(Narrowed(section, setting, options.GetType()) is { Count: > 0 } narrowed ? narrowed : [Tell(setting, fault)]);
            }
        }

        return faults;
    }

    /// <summary>A sentence for each value in a setting that cannot be read by itself.</summary>
    private static List<string> Narrowed(IConfigurationSection section, IConfigurationSection setting, Type type)
    {
        var faults = new List<string>();
        foreach (var leaf in Leaves(setting))
        {
            try
            {
                Only(section, leaf).Bind(Activator.CreateInstance(type), static binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException fault)
            {
                faults.Add(Tell(leaf, fault));
            }
        }

        return faults;
    }

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection setting) =>
        setting.GetChildren().Any() ? setting.GetChildren().SelectMany(Leaves) : [setting];

    private static IConfigurationRoot Only(IConfigurationSection section, IConfigurationSection setting) =>
        new ConfigurationBuilder().AddInMemoryCollection(setting.AsEnumerable()
            .Select(pair => KeyValuePair.Create(pair.Key[(section.Path.Length + 1)..], pair.Value))

            // What only holds other settings has no value; the binder would take a null for one.
            .Where(pair => pair.Value is not null || !section.GetSection(pair.Key).GetChildren().Any())).Build();

    private static string Tell(IConfigurationSection setting, InvalidOperationException fault) =>
        fault.ToString().Contains("not found on the instance", StringComparison.Ordinal)
            ? $"{setting.Path} is no setting, or holds one that is none: check its spelling."
            : $"{setting.Path} holds a value that cannot be read: {fault.InnerException?.Message ?? fault.Message}";

    private sealed class Readable<TOptions>(IConfigurationSection section) : IValidateOptions<TOptions>
        where TOptions : class, new()
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            Bind(section, new TOptions()) is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
