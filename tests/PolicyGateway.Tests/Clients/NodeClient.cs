using System.ComponentModel;
using System.Text.Json;

namespace PolicyGateway.Tests.Clients;

/// <summary>Runs the Node scripts beside the tests. What is missing is a failed test that says how to get it, never a skipped one.</summary>
internal static class NodeClient
{
    private static readonly string Folder = FindFolder();

    /// <summary>A script, for those that are servers.</summary>
    public static string PathOf(string script) => Path.Combine(Folder, script);

    public static Task<JsonElement> RunAsync(params string[] arguments) => RunScriptAsync("chat.mjs", "openai", arguments);

    /// <summary>Runs one script.</summary>
    /// <param name="script">Its file.</param>
    /// <param name="package">The SDK that it drives.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<JsonElement> RunScriptAsync(string script, string package, params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", package)))
        {
            Assert.Fail($"The Node SDK '{package}' is not installed: run 'npm ci' in {Folder}, or ./test.sh, which does.");
        }

        ProcessResult result;
        try
        {
            result = await ProcessResult.RunAsync("node", [Path.Combine(Folder, script), .. arguments]);
        }
        catch (Win32Exception)
        {
            Assert.Fail("Node is not installed: install Node 20 or newer (Debian, Ubuntu: apt-get install nodejs npm), or run ./test.sh as root.");
            throw;
        }

        Assert.True(result.ExitCode == 0, $"node ended with {result.ExitCode}: {result.Errors}");
        using var line = JsonDocument.Parse(result.Output);
        return line.RootElement.Clone();
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "clients", "node");
            if (File.Exists(Path.Combine(candidate, "chat.mjs")))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"tests/clients/node is nowhere above {AppContext.BaseDirectory}.");
    }
}
