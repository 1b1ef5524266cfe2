using System.Buffers.Binary;
using System.Text;

namespace Rowan.Peer;

/// <summary>
/// TorchSharp's native part asks for version GLIBCXX_3.4.32 of libstdc++, because of one function that does nothing. On systems whose
/// library is older the requirement is marked weak in the built copy (ELF: the flags of the version's entry in .gnu.version_r), and
/// benchmarks/run.sh preloads the function.
/// </summary>
static class OldRuntime
{
    const int SectionOfNeeds = 0x6ffffffe, WeakFlag = 2;

    public static void Weaken(string folder)
    {
        foreach (string library in Directory.EnumerateFiles(folder, "libLibTorchSharp.so", SearchOption.AllDirectories))
            WeakenFile(library, "GLIBCXX_3.4.32");
    }

    static void WeakenFile(string path, string version)
    {
        byte[] file = File.ReadAllBytes(path);
        ReadOnlySpan<byte> bytes = file;
        int sections = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
        size = BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]), count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]);
        bool changed = false;
        for (int s = 0; s < count; s++)
        {
            ReadOnlySpan<byte> section = bytes[(sections + s * size)..];
            if (BinaryPrimitives.ReadInt32LittleEndian(section[4..]) != SectionOfNeeds) continue;
            int names = (int)BinaryPrimitives.ReadInt64LittleEndian(
                bytes[(sections + BinaryPrimitives.ReadInt32LittleEndian(section[40..]) * size + 24)..]);
            for (int need = (int)BinaryPrimitives.ReadInt64LittleEndian(section[24..]), next = 1; next != 0; need += next)
            {
                next = BinaryPrimitives.ReadInt32LittleEndian(bytes[(need + 12)..]);
                int one = need + BinaryPrimitives.ReadInt32LittleEndian(bytes[(need + 8)..]);
                for (int left = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(need + 2)..]); left > 0;
                left--, one += BinaryPrimitives.ReadInt32LittleEndian(bytes[(one + 12)..]))
                {
                    ReadOnlySpan<byte> name = bytes[(names + BinaryPrimitives.ReadInt32LittleEndian(bytes[(one + 8)..]))..];
                    if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) != version || (file[one + 4] & WeakFlag) != 0) continue;
                    file[one + 4] |= WeakFlag;
                    changed = true;
                }
            }
        }
        if (!changed) return;
        // By renaming: the build may have linked the package's own file.
        File.WriteAllBytes(path + ".weak", file);
        File.Move(path + ".weak", path, overwrite: true);
    }
}
