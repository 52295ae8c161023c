using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace PolicyGateway.Tests;

/// <summary>What the team agreed and no compiler checks.</summary>
public sealed partial class ConventionTests
{
    private const int LongestFile = 300;

    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    [Fact]
    public void The_policy_knows_no_dialects() =>
        AssertNone(Sources("src/PolicyGateway/Policy").Where(file => File.ReadAllText(file).Contains("PolicyGateway.Dialects", StringComparison.Ordinal)));

    [Fact]
    public void Only_dialects_read_the_json_of_the_request_path()
    {
        // These folders carry bodies from caller to backend and back; only a dialect knows what is inside.
        string[] folders = ["Inference", "Release", "Forwarding"];

        AssertNone(folders.SelectMany(folder => Sources("src/PolicyGateway/" + folder)).Where(file => JsonReader().IsMatch(File.ReadAllText(file))));
    }

    [Fact]
    public void Only_the_binding_touches_the_native_runtime() =>
        AssertNone(Sources("src")
            .Where(file => !file.Contains("/PolicyGateway.Classification/Onnx/", StringComparison.Ordinal))
            .Where(file => OnnxTypes().IsMatch(File.ReadAllText(file))));

    [Fact]
    public void The_time_comes_from_a_time_provider() =>
        AssertNone(Sources("src").Where(file => Clock().IsMatch(File.ReadAllText(file))));

    [Fact]
    public void Types_of_the_gateway_are_internal_and_classes_are_sealed_or_abstract()
    {
        var types = typeof(global::PolicyGateway.Hosting.GatewayHost).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("PolicyGateway", StringComparison.Ordinal) == true)
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))

            // The compiler of templates makes public classes that could be derived from.
            .Where(type => !typeof(Microsoft.AspNetCore.Components.IComponent).IsAssignableFrom(type) && type.Name != "_Imports");

        AssertNone(types.Where(type => type.IsPublic || (type is { IsClass: true, IsSealed: false, IsAbstract: false } && !type.Assembly.GetTypes().Any(other => other.BaseType == type))));
    }

    [Fact]
    public void No_source_file_is_longer_than_a_screenful_of_screens() =>
        AssertNone(new[] { "src", "tests", "load-tests" }.SelectMany(Sources).Where(file => File.ReadLines(file).Count() > LongestFile));

    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        var broken =
            from document in Files("", "*.md")
            from Match link in Link().Matches(File.ReadAllText(document))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target))
            select $"{document}: {target}";

        Assert.Empty(broken);
    }

    internal static string PathOf(string relative) => Path.Combine(Root, relative);

    internal static string ReadDocument(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static IEnumerable<string> Sources(string folder) => Files(folder, "*.cs");

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(file => file.Replace('\\', '/'))
            .Where(file => !Generated().IsMatch(Path.GetRelativePath(Root, file).Replace('\\', '/')));

    private static void AssertNone<T>(IEnumerable<T> offenders)
    {
        T[] found = [.. offenders];
        Assert.Empty(found);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"(^|/)(obj|bin|node_modules|\.git|\.venv|shared)/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"\b(Utf8JsonReader|JsonDocument|JsonNode|JsonElement|JsonSerializer)\b")]
    private static partial Regex JsonReader();

    // The exception of a failed run may be caught where the run was asked for; nothing else of the runtime leaves the binding.
    [GeneratedRegex(@"\b(InferenceSession|OrtValue|OrtEnv|SessionOptions|RunOptions|OrtIoBinding|NamedOnnxValue)\b")]
    private static partial Regex OnnxTypes();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
