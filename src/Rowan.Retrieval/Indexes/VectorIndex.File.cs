namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    readonly IDisposable? _file = null;

    void MarkChanged(uint slot) => _ = slot;

    void ForgetFile() { }
}
