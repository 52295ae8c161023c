using System.Text;
using System.Text.RegularExpressions;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>What a command has written so far, for a test that answers while it runs.</summary>
internal sealed class Told : TextWriter
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);

    private readonly StringBuilder _text = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_text)
        {
            _text.Append(value);
        }
    }

    public override void Write(string? value)
    {
        lock (_text)
        {
            _text.Append(value);
        }
    }

    public override string ToString()
    {
        lock (_text)
        {
            return _text.ToString();
        }
    }

    /// <summary>The first group of a pattern, once it was written.</summary>
    public async Task<string> WaitForAsync(string pattern)
    {
        for (var waited = TimeSpan.Zero; waited < Longest; waited += TimeSpan.FromMilliseconds(20))
        {
            if (Regex.Match(ToString(), pattern) is { Success: true } found)
            {
                return found.Groups[1].Value;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"'{pattern}' was not written, but: {this}");
    }
}
