using System.Globalization;
using System.Text;

namespace PolicyGateway.Cli;

/// <summary>Standard output or error of a command: what cannot be written is an <see cref="OutputFault"/>, whoever writes it.</summary>
internal sealed class CheckedOutput : TextWriter
{
    private readonly TextWriter _inner;

    public CheckedOutput(TextWriter inner)
        : base(CultureInfo.InvariantCulture)
    {
        _inner = inner;
        CoreNewLine = inner.NewLine.ToCharArray();
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value) => Checked(value, static (inner, value) => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Checked((buffer, index, count), static (inner, part) => inner.Write(part.buffer, part.index, part.count));

    public override void Write(string? value) => Checked(value, static (inner, value) => inner.Write(value));

    public override void WriteLine(string? value) => Checked(value, static (inner, value) => inner.WriteLine(value));

    public override void Flush() => Checked(0, static (inner, _) => inner.Flush());

    // The console's own writer does not wait either.
    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => WriteLineAsync(buffer.ToString());

    public override Task FlushAsync()
    {
        Flush();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        Dispose();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Checked(0, static (inner, _) => inner.Dispose());
        }

        base.Dispose(disposing);
    }

    private void Checked<T>(T value, Action<TextWriter, T> write)
    {
        try
        {
            write(_inner, value);
        }
        catch (IOException fault)
        {
            throw new OutputFault($"What there is to print cannot be written: {fault.Message}", fault);
        }
    }
}
