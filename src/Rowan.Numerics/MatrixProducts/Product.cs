using System.Buffers;

namespace Rowan.Numerics;

/// <summary>
/// C = start + A·B in blocks that fit the caches, for one width of vector. The depth is cut in panels of 256, each summed in order and
/// added to what is there: so a value of C has the same bits for any width, any number of threads and any number of rows beside it.
/// </summary>
readonly unsafe struct Product<TLane, TVector>(Operand a, Operand b, Output c, int m, int n, int k) where TLane : struct, ILane<TVector>
    where TVector : struct
{
    const int PanelDepth = 256;        // 32 columns × 256 deep = 32 KB of B: most of a level-1 cache; 16 columns are half of an older one.
    const int PanelColumns = 4_096;    // 4 MB of B, which all threads read.
    const int BlockRows = 40 * Tile.Rows;    // 240 rows × 256 deep = 240 KB of A: half of a level-2 cache.
    const int ManyStrips = 8;          // Of B, for which a tile of A in one stream of lines is worth a copy.
    const int StripsAPage = 4;         // Of B, packed at a time where each depth lies on a page of its own: a few lines of it.
    const int PackGrain = 1 << 15;     // Values of B that are worth a thread.
    const int Line = 64 / sizeof(float);     // A vector that straddles two cache lines is read in twice the time.
    const long Grain = 1 << 12;        // Depths of a tile that are worth a thread: about 6 µs.

    static int Width => 2 * TLane.Count;

    public void Run()
    {
        if (m <= BlockRows && (n >= m || (long)Strips(n) * Tiles(m) * k < 2 * Grain))
            Workers.For(Strips(n), Grain / ((long)Tiles(m) * k), new ColumnStrips(this));
        else RunShared();
    }

    /// <summary>Many rows: each panel of B is packed once, by all threads, then each takes rows of C.</summary>
    void RunShared()
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Strips(Math.Min(n, PanelColumns)) * Width * Math.Min(k, PanelDepth) + Line);
        fixed (float* start = rented)
        {
            float* packed = Aligned(start);
            for (int column = 0; column < n; column += PanelColumns)
                for (int depth = 0; depth < k; depth += PanelDepth)
                {
                    int columns = Math.Min(PanelColumns, n - column), length = Math.Min(PanelDepth, k - depth);
                    Workers.For(Strips(columns), PackGrain / (length * Width),
                        new PackStrips(this, column, column + columns, depth, length, packed));
                    Workers.For(Tiles(m), Grain / ((long)Strips(columns) * length),
                        new RowTiles(this, column, column + columns, depth, length, packed));
                }
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    readonly struct PackStrips(Product<TLane, TVector> product, int columnFrom, int columnTo, int depth, int length, float* packed)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from * Width;
            product.PackB(columnFrom + first, (int)Math.Min(columnFrom + to * Width, columnTo), depth, length, packed
                + first * (nint)length);
        }
    }

    readonly struct RowTiles(Product<TLane, TVector> product, int columnFrom, int columnTo, int depth, int length, float* packed)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            int tiles = (int)(to - from), blocks = (tiles * Tile.Rows + BlockRows - 1) / BlockRows;
            float[] rented = product.Rent(Math.Min(tiles * Tile.Rows, BlockRows), 0);
            fixed (float* scratch = rented)
                for (int i = 0; i < blocks; i++)
                {
                    int rowFrom = (int)(from + (long)tiles * i / blocks) * Tile.Rows,
                    rowTo = (int)(from + (long)tiles * (i + 1) / blocks) * Tile.Rows;
                    product.Block(rowFrom, Math.Min(rowTo, product.M), columnFrom, columnTo, depth, length, packed, Aligned(scratch));
                }
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>Few rows: each thread takes columns of C, and a few strips of B are packed when their turn comes.</summary>
    readonly struct ColumnStrips(Product<TLane, TVector> product) : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] rented = product.Rent(product.M, product.PackedStrips * Width);
            fixed (float* scratch = rented)
                for (int depth = 0; depth < product.K; depth += PanelDepth)
                    product.Block(0, product.M, (int)from * Width, (int)Math.Min(to * Width, product.N), depth,
                        Math.Min(PanelDepth, product.K - depth), null, Aligned(scratch));
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    int M => m;

    int N => n;

    int K => k;

    /// <summary>
    /// A's rows are read where they lie, unless each depth of them lies on another line, or so many strips of B pass them that side by
    /// side they come faster than their copying costs.
    /// </summary>
    bool PacksA => m > Tile.Rows && n > Width && (a.Step > Line || (n >= ManyStrips * Width && a.Line > 2 * PanelDepth));

    /// <summary>
    /// Strips of B that a thread packs at a time; one that lies along the depth is packed when its turn comes, and near then.
    /// </summary>
    int PackedStrips => b.Line == 1 ? StripsAPage : 1;

    float[] Rent(int rows, int columns)
    {
        int lines = columns + (PacksA ? Tiles(rows) * Tile.Rows : 0);
        return lines == 0 ? [] : ArrayPool<float>.Shared.Rent(lines * Math.Min(k, PanelDepth) + Line);
    }

    void PackB(int from, int to, int depth, int length, float* into) => b.Pack(from, to, depth, length, Width, into);

    /// <summary>A block of C over one panel of depth; B packed for all, or packed here strip by strip.</summary>
    void Block(int rowFrom, int rowTo, int columnFrom, int columnTo, int depth, int length, float* packed, float* scratch)
    {
        Output into = depth == 0 ? c : c.Again;
        float* strip = scratch, blockA = a.At(rowFrom, depth);
        (nint lineA, nint stepA) = (a.Line, a.Step);
        if (PacksA)
        {
            if (packed is null) scratch += (nint)PackedStrips * Width * length;
            a.Pack(rowFrom, rowTo, depth, length, Tile.Rows, scratch);
            blockA = scratch;
            (lineA, stepA) = (1, Tile.Rows);
        }
        nint tileA = PacksA ? (nint)Tile.Rows * length : Tile.Rows * lineA;
        // Little is won by packing what is read once or twice, or what lies in the nearest cache anyway.
        bool direct = packed is null && b.Line == 1 && (rowTo - rowFrom <= 2 * Tile.Rows || b.Step * length <= 4_096);
        float* edge = stackalloc float[(Tile.Rows + 1) * Width], zeros = edge + Tile.Rows * Width;
        // A strip of B stays in the near cache while all rows of the block pass it.
        for (int column = columnFrom; column < columnTo; column += Width)
        {
            int columns = Math.Min(Width, columnTo - column);
            int place = (column - columnFrom) % (PackedStrips * Width);
            float* stripB = packed is not null ? packed + (column - columnFrom) * (nint)length : strip + place * (nint)length;
            nint stepB = Width;
            if (direct && columns == Width)
            {
                stripB = b.At(column, depth);
                stepB = b.Step;
            }
            else if (packed is null && (direct || place == 0))
                PackB(column, Math.Min(column + (direct ? columns : PackedStrips * Width), columnTo), depth, length, stripB);
            float* tile = blockA;
            for (int row = rowFrom; row < rowTo; row += Tile.Rows, tile += tileA)
            {
                int rows = Math.Min(Tile.Rows, rowTo - row);
                if (columns == Width && into.Vectors)
                    Tile.Run<TLane, TVector>(tile, lineA, stepA, stripB, stepB, length, into.Start(row, column), into.StartRow,
                    into.At(row, column), into.Row, rows);
                else
                {
                    Tile.Run<TLane, TVector>(tile, lineA, stepA, stripB, stepB, length, zeros, 0, edge, Width, rows);
                    into.Store(edge, Width, row, column, rows, columns);
                }
            }
        }
    }

    static int Tiles(int rows) => (rows + Tile.Rows - 1) / Tile.Rows;

    static int Strips(int columns) => (columns + Width - 1) / Width;

    static float* Aligned(float* from) => (float*)(((nint)from + 63) & ~63);
}
