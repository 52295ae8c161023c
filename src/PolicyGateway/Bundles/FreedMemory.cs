using System.Runtime.InteropServices;

namespace PolicyGateway.Bundles;

/// <summary>
/// Gives the memory of a model that was freed back to the system. glibc keeps it for the process: without this, on two cores,
/// twenty swaps of both shipped stages took a gateway from 300 to 900 MB, none of it in use.
/// </summary>
internal static class FreedMemory
{
    private static readonly Func<nint, int>? Trim = FindTrim();

    /// <summary>While requests are served: in the background, since the bytes that a model was read into are many and nobody is to wait.</summary>
    public static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        Trim?.Invoke(0);
    }

    /// <summary>Before requests are served: all of it, with the gaps that loading left, which no later collection closes. Everything waits.</summary>
    public static void ReturnAll()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Trim?.Invoke(0);
    }

    /// <summary>Null where the C library is another one, which keeps less.</summary>
    private static Func<nint, int>? FindTrim() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out var trim)
            ? pad => Marshal.GetDelegateForFunctionPointer<MallocTrim>(trim)(pad)
            : null;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int MallocTrim(nint pad);
}
