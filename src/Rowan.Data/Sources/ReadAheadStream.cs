using System.Collections.Concurrent;

namespace Rowan.Data;

/// <summary>Reads a stream, and unpacks it where it unpacks, on another thread, a few blocks ahead. What goes wrong there is thrown
/// where it would have been read.</summary>
sealed class ReadAheadStream : Stream
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

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_at == _length && !Next()) return 0;
        int length = Math.Min(buffer.Length, _length - _at);
        _block.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            _closed = true;
            // The reader may wait for room: it is given some until it has seen that nobody listens.
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
