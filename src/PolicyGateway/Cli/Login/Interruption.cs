using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PolicyGateway.Cli.Login;

/// <summary>
/// Ctrl-C and SIGTERM while a command runs. The first asks the command to end; the second ends the process, as it would have without
/// this.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // 128 and the number of the signal, as shells expect of a command that was interrupted.
    private const int BySigint = 128 + 2;
    private const int BySigterm = 128 + 15;

    // "dotnet run" forwards what the terminal has sent already.
    private static readonly TimeSpan Same = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop;
    private readonly PosixSignalRegistration[] _heard;
    private readonly Lock _lock = new();
    private (int Status, long At)? _first;

    public Interruption(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _heard = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit status of a command that ended before it was done.</summary>
    public int ExitStatus
    {
        get
        {
            lock (_lock)
            {
                return _first?.Status ?? BySigint;
            }
        }
    }

    public void Dispose()
    {
        Array.ForEach(_heard, static one => one.Dispose());
        _stop.Dispose();
    }

    private void Hear(PosixSignalContext context)
    {
        lock (_lock)
        {
            if (_first is { } first)
            {
                context.Cancel = Stopwatch.GetElapsedTime(first.At) < Same;
                return;
            }

            _first = (context.Signal == PosixSignal.SIGTERM ? BySigterm : BySigint, Stopwatch.GetTimestamp());
            context.Cancel = true;
        }

        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended by itself.
        }
    }
}

/// <summary>A host that leaves the signals to its command.</summary>
internal sealed class DeafLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
