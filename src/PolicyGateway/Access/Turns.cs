namespace PolicyGateway.Access;

/// <summary>Makes changes one at a time that count first and write then, so that what was counted is so still when it is written.</summary>
internal sealed class Turns : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Waits for its turn, then makes the change.</summary>
    public async Task<AccessResult<T>> TakeAsync<T>(Func<Task<AccessResult<T>>> change, CancellationToken cancellationToken)
        where T : class
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await change();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
