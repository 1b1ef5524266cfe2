using System.Collections.Concurrent;
using Rowan.Formats;

namespace Rowan.Data;

/// <summary>
/// Reads a stream on another thread, a few blocks ahead. An exception of that thread is thrown by the read that would have met it.
/// </summary>
sealed class ReadAheadStream : ReadOnlyStream
{
    const int BlockBytes = 1 << 18, BlocksAhead = 4;

    readonly Stream _from;
    readonly BlockingCollection<(byte[] Bytes, int Length, Exception? Failure)> _ahead = new(BlocksAhead);
    readonly ConcurrentBag<byte[]> _free = [];
    readonly Thread _reader;
    volatile bool _closed;
    byte[] _block = [];
    int _at, _length;
    Exception? _failure;
    bool _ended;

    public ReadAheadStream(Stream from)
    {
        _from = from;
        _reader = new Thread(ReadAll) { IsBackground = true, Name = "Rowan reads ahead" };
        _reader.Start();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_at == _length && !Next()) return 0;
        int length = Math.Min(buffer.Length, _length - _at);
        _block.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            _closed = true;
            // The other thread may wait for space in the queue: blocks are taken out until it has seen that the stream is closed.
            while (!_reader.Join(1))
                while (_ahead.TryTake(out _)) { }
            _ahead.Dispose();
            _from.Dispose();
        }
        base.Dispose(disposing);
    }

    bool Next()
    {
        if (_failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        if (_ended) return false;
        if (_block.Length > 0) _free.Add(_block);
        _block = [];
        _at = _length = 0;
        if (_ahead.TryTake(out (byte[] Bytes, int Length, Exception? Failure) next, Timeout.Infinite)) (_block, _length, _failure) = next;
        if (_length > 0) return true;
        _ended = true;
        if (_failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        return false;
    }

    void ReadAll()
    {
        while (!_closed)
        {
            if (!_free.TryTake(out byte[]? block)) block = new byte[BlockBytes];
            int length = 0;
            Exception? failure = null;
            try { length = _from.ReadAtLeast(block, block.Length, throwOnEndOfStream: false); }
            // Any exception, since one that leaves this thread would end the process.
            catch (Exception thrown) { failure = thrown; }
            _ahead.Add((block, failure is null ? length : 0, failure));
            if (length < block.Length) break;
        }
        _ahead.CompleteAdding();
    }
}
