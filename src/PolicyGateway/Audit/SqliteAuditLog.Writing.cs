namespace PolicyGateway.Audit;

/// <summary>The writing half: everything here runs on the one writing task, and nothing here ends it but the queue's end.</summary>
internal sealed partial class SqliteAuditLog
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(5);

    private readonly List<RecordEntry> _batch = [];
    private long _unsignedSince;
    private bool _exports = true;

    private async Task WriteQueueAsync()
    {
        while (await ReadableAsync(UntilWork()) is var waited and not Waited.Closed)
        {
            if (waited is Waited.TimedOut && Fault is not null)
            {
                Probe();
            }

            var work = await GatherAsync();
            WriteBatch();
            if (work is not null)
            {
                Do(work);
            }

            if (CheckpointIsDue())
            {
                Checkpoint();
            }
        }

        Checkpoint();
    }

    /// <summary>Takes what is queued; lingers for more only where nobody waits. Returns the work item that ended the batch.</summary>
    private async Task<WorkEntry?> GatherAsync()
    {
        var work = Take(out var hurried);
        if (hurried || _batch.Count is 0 || _batch.Count >= _options.BatchMaxRecords || _options.BatchMaxDelay == TimeSpan.Zero)
        {
            return work;
        }

        // Notes do not wake the writer while it lingers: a timer and a wake-up for each would be for nothing.
        using var timeout = new CancellationTokenSource(_options.BatchMaxDelay, _time);
        try
        {
            await _hurry.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody came who waits.
        }

        return Take(out _);
    }

    private WorkEntry? Take(out bool hurried)
    {
        hurried = false;
        while (_batch.Count < _options.BatchMaxRecords && _queue.Reader.TryRead(out var entry))
        {
            hurried |= entry.Done is not null;
            if (entry is WorkEntry work)
            {
                return work;
            }

            _batch.Add((RecordEntry)entry);
        }

        return null;
    }

    private void WriteBatch()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        var began = _time.GetTimestamp();
        try
        {
            _chain.Write(_batch.ConvertAll(entry => entry.Record));
            Succeeded();
            Metrics.Recorded(_batch.Count, _time.GetElapsedTime(began));
            _batch.ForEach(entry => entry.Done?.TrySetResult(1));
        }
        catch (AuditUnavailableException fault)
        {
            Failed(fault);

            // A new exception for each waiter: one instance thrown on many threads mixes their stacks.
            _batch.ForEach(entry => entry.Done?.TrySetException(new AuditUnavailableException(fault.Message, fault)));
            Drop(_batch.Count(entry => entry.Done is null), "write_failed");
        }
        finally
        {
            _batch.Clear();
        }
    }

    private void Do(WorkEntry work)
    {
        try
        {
            work.Done!.TrySetResult(work.Work(_chain));
            Succeeded();
        }
        catch (Exception fault)
        {
            Failed(fault);
            work.Done!.TrySetException(fault as AuditUnavailableException ?? new AuditUnavailableException(fault.Message, fault));
        }
    }

    private void Checkpoint()
    {
        try
        {
            _chain.Checkpoint();
            _exports = true;
        }
        catch (Exception fault)
        {
            // From here on only the interval tries again, not every batch.
            _exports = false;
            Log.NotExported(_logger, fault);
        }

        _unsignedSince = _time.GetTimestamp();
    }

    // Nobody may be sending while readiness is down, so the log itself has to find out that it works again.
    private void Probe()
    {
        try
        {
            _chain.Probe();
            Succeeded();
        }
        catch (AuditUnavailableException fault)
        {
            Failed(fault);
        }
    }

    private TimeSpan UntilWork()
    {
        var left = UntilCheckpoint();
        return Fault is not null && (left == Timeout.InfiniteTimeSpan || left > ProbeEvery) ? ProbeEvery : left;
    }

    private bool CheckpointIsDue()
    {
        var left = UntilCheckpoint();
        return (_exports && _chain.Unsigned >= _options.CheckpointEvery) || (left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan);
    }

    // The clock of the heads starts with the first record that no head covers; an idle log needs none.
    private TimeSpan UntilCheckpoint()
    {
        if (_chain.Unsigned > 0)
        {
            return _options.CheckpointInterval - _time.GetElapsedTime(_unsignedSince);
        }

        _unsignedSince = _time.GetTimestamp();
        return Timeout.InfiniteTimeSpan;
    }

    private async ValueTask<Waited> ReadableAsync(TimeSpan within)
    {
        if (_queue.Reader.TryPeek(out _))
        {
            return Waited.Readable;
        }

        if (within != Timeout.InfiniteTimeSpan && within <= TimeSpan.Zero)
        {
            return Waited.TimedOut;
        }

        using var timeout = new CancellationTokenSource(within, _time);
        try
        {
            return await _queue.Reader.WaitToReadAsync(timeout.Token) ? Waited.Readable : Waited.Closed;
        }
        catch (OperationCanceledException)
        {
            return Waited.TimedOut;
        }
    }

    private void Succeeded()
    {
        if (Fault is not null)
        {
            Volatile.Write(ref _fault, null);
            Log.Available(_logger);
        }
    }

    // Said once per outage: a full disk fails thousands of batches, and the log file may be on the same disk.
    private void Failed(Exception fault)
    {
        Metrics.Failed();
        if (Fault is null)
        {
            Log.Unavailable(_logger, fault);
        }

        Volatile.Write(ref _fault, fault.Message);
    }

    private enum Waited
    {
        Readable,
        TimedOut,
        Closed,
    }
}
