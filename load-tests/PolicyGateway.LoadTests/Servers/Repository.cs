namespace PolicyGateway.LoadTests.Servers;

/// <summary>Finds what ships with the repository, wherever the driver was started in it.</summary>
internal static class Repository
{
    public static string Find(string path)
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "PolicyGateway.sln")))
                {
                    return Path.Combine(folder.FullName, path);
                }
            }
        }

        throw new LoadTestFault("Run the load tests inside a clone of the repository: PolicyGateway.sln is in no parent folder.");
    }
}
