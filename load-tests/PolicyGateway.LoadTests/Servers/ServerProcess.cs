using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>A server that the driver started and stops again, and what it used of CPU and memory.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    // USER_HZ, which Linux fixes at 100 for everything it shows in /proc.
    private const double TicksPerSecond = 100;

    private const int RememberedLines = 40;

    private readonly Process _process;
    private readonly Queue<string> _said = new();

    private ServerProcess(string name, int port, ProcessStartInfo start)
    {
        (Name, Port) = (name, port);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        Started = TimeProvider.System.GetTimestamp();
        _process = Process.Start(start) ?? throw new LoadTestFault($"{name} did not start.");
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Port { get; }

    public long Started { get; }

    /// <summary>From the start of the process to the first 2xx of its ready address.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Starts a server and waits until <paramref name="ready"/> answers 2xx.</summary>
    public static async Task<ServerProcess> StartAsync(
        string name, int port, Uri ready, ProcessStartInfo start, CancellationToken cancellationToken)
    {
        var server = new ServerProcess(name, port, start);
        try
        {
            await server.WaitAsync(ready, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public int Id => _process.Id;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>CPU time of the process and its children so far.</summary>
    public TimeSpan Cpu() => TimeSpan.FromSeconds(Tree().Sum(Ticks) / TicksPerSecond);

    /// <summary>How long its threads ran so far, and how long they could have run and waited for a core.</summary>
    public (TimeSpan Ran, TimeSpan Waited) Scheduled()
    {
        double ran = 0, waited = 0;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{_process.Id}/task"))
        {
            // Nanoseconds; a thread may end while they are read.
            if (File.Exists($"{thread}/schedstat") && File.ReadAllText($"{thread}/schedstat").Split(' ') is [var first, var second, ..])
            {
                ran += double.Parse(first, CultureInfo.InvariantCulture);
                waited += double.Parse(second, CultureInfo.InvariantCulture);
            }
        }

        return (TimeSpan.FromMicroseconds(ran / 1000), TimeSpan.FromMicroseconds(waited / 1000));
    }

    /// <summary>The most memory that was ever resident, in MB (10^6 bytes), children included.</summary>
    public double PeakResident() => Tree().Sum(process => Kilobytes(process, "VmHWM:")) * 1024 / 1e6;

    public double Resident() => Tree().Sum(process => Kilobytes(process, "VmRSS:")) * 1024 / 1e6;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task WaitAsync(Uri ready, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        while (TimeProvider.System.GetElapsedTime(Started) < TimeSpan.FromSeconds(60))
        {
            if (_process.HasExited)
            {
                // Its last lines may still be on their way.
                await Task.Delay(200, cancellationToken);
                throw new LoadTestFault($"{Name} ended while it started:\n{Said()}");
            }

            try
            {
                using var response = await http.GetAsync(ready, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    ReadyAfter = TimeProvider.System.GetElapsedTime(Started);
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(20, cancellationToken);
        }

        throw new LoadTestFault($"{Name} was not ready after 60 s:\n{Said()}");
    }

    private List<int> Tree()
    {
        List<int> all = [_process.Id];
        for (var i = 0; i < all.Count; i++)
        {
            var children = $"/proc/{all[i]}/task/{all[i]}/children";
            if (File.Exists(children))
            {
                all.AddRange(File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }

        return all;
    }

    private static double Ticks(int process)
    {
        // The name, in parentheses, may hold spaces; utime and stime are fields 14 and 15 of the line.
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static double Kilobytes(int process, string field) => double.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private void Remember(string? line)
    {
        lock (_said)
        {
            _said.Enqueue(line ?? "");
            while (_said.Count > RememberedLines)
            {
                _said.Dequeue();
            }
        }
    }

    private string Said()
    {
        lock (_said)
        {
            return new StringBuilder().AppendJoin('\n', _said).ToString();
        }
    }
}
