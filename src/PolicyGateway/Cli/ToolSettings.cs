using System.CommandLine;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Explanation;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>
/// What a command judges by that runs without the gateway: what its options name; else what the configuration names that
/// <c>serve</c> reads; else what the repository ships.
/// </summary>
/// <param name="Classifier">The bundles, with time for long texts: nobody waits for an answer as a client does.</param>
/// <param name="GatewayDeadline">How long the gateway itself gives one reading of a text.</param>
/// <param name="PolicyFile">The policy file.</param>
/// <param name="Ladder">The tiers.</param>
internal sealed record ToolSettings(ClassifierOptions Classifier, TimeSpan GatewayDeadline, string PolicyFile, TierLadder Ladder)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private const int QueueLimit = 100_000;

    /// <summary>How many texts are worth having under way at once.</summary>
    public int Lanes => Classifier.Lanes;

    /// <param name="config">A configuration file that is read after appsettings.json, as for <c>serve</c>.</param>
    /// <param name="bundle">Folder of the first stage's bundle; one that is named alone decides alone.</param>
    /// <param name="encoder">Folder of the second stage's bundle.</param>
    /// <param name="policy">The policy file.</param>
    /// <exception cref="CommandFault">The configuration cannot be read, or something is nowhere.</exception>
    public static ToolSettings Read(string? config = null, string? bundle = null, string? encoder = null, string? policy = null)
    {
        try
        {
            var builder = GatewayHost.CreateBuilder(new GatewayHostSettings(ConfigFile: config));
            var configured = builder.Configuration.GetSection(ClassifierOptions.Section).Get<ClassifierOptions>() ?? new ClassifierOptions();
            var (ladder, gatewayDeadline) = (LadderOf(builder.Configuration), configured.Deadline);
            var file = builder.Configuration[$"{PolicyOptions.Section}:{nameof(PolicyOptions.File)}"];
            return new ToolSettings(
                With(configured, bundle, encoder),
                gatewayDeadline,
                policy ?? (string.IsNullOrWhiteSpace(file) ? RepositoryFiles.Require(RepositoryFiles.Policy, "--policy") : Path.GetFullPath(file, builder.Environment.ContentRootPath)),
                ladder ?? throw new CommandFault("Identity:Tiers is no ladder of tiers: each has a name of its own."));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new CommandFault($"The configuration cannot be read: {StartFaults.Causes(e)}", e);
        }
    }

    /// <summary>The tiers of a configuration; null where its names make no ladder.</summary>
    public static TierLadder? LadderOf(IConfiguration configuration)
    {
        string[] tiers = [.. configuration.GetSection($"{IdentityOptions.Section}:{nameof(IdentityOptions.Tiers)}").GetChildren()
            .Select(tier => tier.Value ?? "")];
        return tiers.Length == 0 ? TierLadder.Default
            : tiers.Contains("") || tiers.Distinct(StringComparer.Ordinal).Count() < tiers.Length ? null
            : new TierLadder(tiers);
    }

    /// <exception cref="CommandFault">A bundle does not verify, or an option has a fault.</exception>
    public IClassifier LoadClassifier() => Load(options => Classifiers.Load(options));

    /// <inheritdoc cref="LoadClassifier"/>
    public TextExplainer LoadExplainer() => Load(options => TextExplainer.Load(options));

    /// <summary>The policy, checked against the tiers and a model's heads.</summary>
    /// <exception cref="CommandFault">It has faults; all are named.</exception>
    public PolicySnapshot LoadPolicy(ClassifierProfile profile)
    {
        var found = PolicyCheck.Check(PolicyFile, Ladder, profile);
        return found.Snapshot
            ?? throw new CommandFault($"The policy {PolicyFile} cannot be used:{string.Concat(found.Faults.Select(fault => $"{Environment.NewLine}  {fault}"))}");
    }

    private T Load<T>(Func<ClassifierOptions, T> load)
    {
        if (Classifier.Validate() is { Count: > 0 } faults)
        {
            throw new CommandFault(string.Join(Environment.NewLine, faults));
        }

        try
        {
            return load(Classifier);
        }
        catch (BundleException e)
        {
            throw new CommandFault(e.Message, e);
        }
    }

    private static ClassifierOptions With(ClassifierOptions options, string? bundle, string? encoder)
    {
        (options.Deadline, options.QueueLimit) = (Deadline, QueueLimit);
        if (bundle is not null)
        {
            // A pin is of the bundle that the configuration names.
            (options.Bundle, options.ManifestSha256) = (bundle, "");
            (options.EncoderBundle, options.EncoderManifestSha256) = (encoder ?? "", "");
        }
        else if (options.Bundle.Length == 0)
        {
            options.Bundle = RepositoryFiles.Require(RepositoryFiles.Bundle, "--bundle");
            options.EncoderBundle = encoder ?? RepositoryFiles.Require(RepositoryFiles.EncoderBundle, "--encoder");
        }
        else if (encoder is not null)
        {
            (options.EncoderBundle, options.EncoderManifestSha256) = (encoder, "");
        }

        return options;
    }
}

/// <summary>The options that name what <see cref="ToolSettings"/> holds.</summary>
internal sealed class ToolOptions
{
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "A configuration file of the gateway, read after appsettings.json as for serve: its model, policy and tiers count where no option names them.",
        HelpName = "FILE",
    };

    public Option<string?> Bundle { get; } = new("--bundle")
    {
        Description = $"Folder of the model bundle. Default: the configured one, or {RepositoryFiles.Bundle}.",
        HelpName = "DIR",
    };

    public Option<string?> Encoder { get; } = new("--encoder")
    {
        Description = $"Folder of the second stage's bundle. Default: the configured one, or {RepositoryFiles.EncoderBundle}; none where --bundle names a first stage.",
        HelpName = "DIR",
    };

    public Option<string?> Policy { get; } = new("--policy")
    {
        Description = $"The policy file. Default: the configured one, or {RepositoryFiles.Policy}.",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(Config);
        command.Options.Add(Bundle);
        command.Options.Add(Encoder);
        command.Options.Add(Policy);
    }

    /// <summary>The option that says on which side of the exchange a text stands.</summary>
    public static Option<TextKind> Kind()
    {
        var option = new Option<TextKind>("--kind")
        {
            Description = "Whether the text is a prompt or a completion. Default: prompt.",
            CustomParser = static result => result.Tokens is [{ Value: "completion" }] ? TextKind.Completion : TextKind.Prompt,
        };
        return option.AcceptOnlyFromAmong("prompt", "completion");
    }

    /// <summary>An option that takes a number from 1 on.</summary>
    public static Option<int?> Number(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var number) && number > 0))
            {
                result.AddError($"{name} takes a number from 1 on.");
            }
        });
        return option;
    }

    /// <inheritdoc cref="ToolSettings.Read"/>
    public ToolSettings Read(ParseResult parsed) =>
        ToolSettings.Read(parsed.GetValue(Config), parsed.GetValue(Bundle), parsed.GetValue(Encoder), parsed.GetValue(Policy));
}
