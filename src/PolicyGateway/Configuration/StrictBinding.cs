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
        if (!string.IsNullOrEmpty(section.Value))
        {
            faults.Add($"{section.Path} is a section of settings, and no value.");
        }

        foreach (var setting in section.GetChildren())
        {
            // Tried on another instance first: where one value of a setting cannot be read, the others are set without it, so that
            // what is wrong with them is told, too.
            if (FaultOf(section, [setting], options.GetType()) is not { } fault)
            {
                Set(section, [setting], options);
                continue;
            }

            var leaves = Leaves(setting).ToList();
            var faulty = leaves.Select(leaf => (Leaf: leaf, Fault: FaultOf(section, [leaf], options.GetType()))).Where(static one => one.Fault is not null).ToList();
            faults.AddRange(faulty.Count > 0 ? faulty.Select(static one => Tell(one.Leaf, one.Fault!)) : [Tell(setting, fault)]);
            IConfigurationSection[] rest = [.. leaves.ExceptBy(faulty.Select(static one => one.Leaf.Path), static leaf => leaf.Path)];
            if (faulty.Count > 0 && FaultOf(section, rest, options.GetType()) is null)
            {
                Set(section, rest, options);
            }
        }

        return faults;
    }

    private static InvalidOperationException? FaultOf(IConfigurationSection section, IEnumerable<IConfigurationSection> settings, Type type)
    {
        try
        {
            Set(section, settings, Activator.CreateInstance(type)!);
            return null;
        }
        catch (InvalidOperationException fault)
        {
            return fault;
        }
    }

    private static void Set(IConfigurationSection section, IEnumerable<IConfigurationSection> settings, object options) =>
        Only(section, settings).Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection setting) =>
        setting.GetChildren().Any() ? setting.GetChildren().SelectMany(Leaves) : [setting];

    private static IConfigurationRoot Only(IConfigurationSection section, IEnumerable<IConfigurationSection> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.SelectMany(static setting => setting.AsEnumerable())
            .Select(pair => KeyValuePair.Create(pair.Key[(section.Path.Length + 1)..], pair.Value))

            // What only holds other settings has no value; the binder would take a null for one.
            .Where(pair => pair.Value is not null || !section.GetSection(pair.Key).GetChildren().Any())).Build();

    private static string Tell(IConfigurationSection setting, InvalidOperationException fault) =>
        fault.ToString().Contains("not found on the instance", StringComparison.Ordinal)
            ? $"{setting.Path} is no setting, or holds one that is none: check its spelling."
            : fault.InnerException?.Message is { } message && !IsAboutTypes(message) ? $"{setting.Path} holds a value that cannot be read: {message}"
            : IsAboutTypes(fault.Message) || IsAboutTypes(fault.InnerException?.Message) ? $"{setting.Path} has another shape than this setting: a value where a list or an object of settings belongs, or the other way round."
            : $"{setting.Path} holds a value that cannot be read: {fault.Message}";

    /// <summary>What the binder says of shapes is about the program's types, which nobody knows who writes settings.</summary>
    private static bool IsAboutTypes(string? message) =>
        message is not null && (message.Contains("ErrorOnUnknownConfiguration", StringComparison.Ordinal) || message.Contains("System.Collections", StringComparison.Ordinal) || message.Contains("PolicyGateway.", StringComparison.Ordinal));

    private sealed class Readable<TOptions>(IConfigurationSection section) : IValidateOptions<TOptions>
        where TOptions : class, new()
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            Bind(section, new TOptions()) is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
