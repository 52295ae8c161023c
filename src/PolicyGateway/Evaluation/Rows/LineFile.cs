using System.IO.Compression;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>The lines of one file, gzipped where its name ends in <c>.gz</c>. Opened at the first line.</summary>
internal sealed class LineFile(string path) : IDisposable
{
    private readonly bool _isGzip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private StreamReader? _reader;
    private CountingStream? _bytes;

    /// <summary>How many lines were read.</summary>
    public long Read { get; private set; }

    /// <summary>The next line, or null at the end.</summary>
    /// <exception cref="InvalidDataException">The file is gzipped, and damaged or cut short.</exception>
    public string? Next()
    {
        _reader ??= Open();
        var line = _reader.ReadLine();
        if (line is not null)
        {
            Read++;
        }
        else if (_isGzip && new FileInfo(path).Length > 0 && !GzipCheck.IsWhole(path, _bytes!.Count))
        {
            throw new InvalidDataException();
        }

        return line;
    }

    public void Dispose() => _reader?.Dispose();

    private StreamReader Open()
    {
        var file = File.OpenRead(path);
        _bytes = new CountingStream(_isGzip ? new GZipStream(file, CompressionMode.Decompress) : file);
        return new StreamReader(_bytes, bufferSize: 64 * 1024);
    }

    private sealed class CountingStream(Stream inner) : ForwardStream
    {
        public long Count { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            Count += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
