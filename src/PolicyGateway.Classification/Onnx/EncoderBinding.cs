using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// One lane's standing arrangement with the runtime: pinned buffers, bound once per length. Lengths are not rounded up: an
/// int8 model scales its activations by all of a window, so padding would move the logits, and it would cost time. Not
/// thread-safe.
/// </summary>
internal sealed class EncoderBinding : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly long[] _tokens;
    private readonly long[] _textStart = GC.AllocateArray<long>(1, pinned: true);
    private readonly float[] _logits = GC.AllocateArray<float>(LabelMap.HeadCount, pinned: true);
    private readonly List<IDisposable> _owned = [];
    private readonly OrtValue _start;
    private readonly OrtValue _output;
    private readonly OrtIoBinding?[] _bindings;
    private int _text;

    /// <param name="session">The shared session.</param>
    /// <param name="maxTokens">Tokens of the longest window.</param>
    public EncoderBinding(EncoderSession session, int maxTokens)
    {
        _session = session.Session;
        _tokens = GC.AllocateArray<long>(maxTokens, pinned: true);
        _start = Own(OrtValue.CreateTensorValueFromMemory(_textStart, [1]));
        _output = Own(OrtValue.CreateTensorValueFromMemory(_logits, [1, LabelMap.HeadCount]));
        _bindings = new OrtIoBinding?[maxTokens + 1];
    }

    /// <summary>Where a window's tokens are written before <see cref="Run"/>.</summary>
    public Span<long> Tokens => _tokens;

    /// <summary>Scores the first <paramref name="count"/> tokens. The result is valid until the next run.</summary>
    /// <param name="count">Tokens of the window.</param>
    /// <param name="textStart">Where the text begins among them, behind its prompt.</param>
    /// <exception cref="OnnxRuntimeException">The runtime failed, or was told to stop.</exception>
    public ReadOnlySpan<float> Run(int count, int textStart)
    {
        _textStart[0] = textStart;
        _session.RunWithBinding(_runOptions, _bindings[count] ??= Bind(count));
        return _logits;
    }

    /// <summary>Begins with a text; its runs can be ended until <see cref="End"/>.</summary>
    /// <returns>What <see cref="Terminate"/> is to be told.</returns>
    public int Begin()
    {
        lock (_runOptions)
        {
            return ++_text;
        }
    }

    /// <summary>The text is done.</summary>
    public void End()
    {
        lock (_runOptions)
        {
            _text++;
            _runOptions.Terminate = false;
        }
    }

    /// <summary>Whether the text in hand was told to end. The timer that tells it may be a little ahead of the clock.</summary>
    public bool IsTerminated
    {
        get
        {
            lock (_runOptions)
            {
                return _runOptions.Terminate;
            }
        }
    }

    /// <summary>Ends the runs of a text soon, unless it is done; called from another thread.</summary>
    public void Terminate(int text)
    {
        lock (_runOptions)
        {
            _runOptions.Terminate |= _text == text;
        }
    }

    public void Dispose()
    {
        // Bindings before the values they refer to.
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _runOptions.Dispose();
    }

    private OrtIoBinding Bind(int count)
    {
        var binding = Own(_session.CreateIoBinding());
        binding.BindInput(EncoderSession.Tokens, Own(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _tokens.AsMemory(0, count), [1, count])));
        binding.BindInput(EncoderSession.TextStart, _start);
        binding.BindOutput(EncoderSession.Logits, _output);
        return binding;
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }
}
