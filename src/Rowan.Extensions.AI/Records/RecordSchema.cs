using System.Collections.Immutable;
using Microsoft.Extensions.VectorData;
using Microsoft.Extensions.VectorData.ProviderServices;
using Rowan.Numerics;

namespace Rowan.Extensions.AI;

/// <summary>A property of stored records.</summary>
/// <param name="Name">Its storage name.</param>
/// <param name="Type">What its values are.</param>
/// <param name="IsFullText">Whether its words are indexed.</param>
sealed record DataColumn(string Name, DataType Type, bool IsFullText);

/// <summary>A vector of stored records.</summary>
/// <param name="Name">Its storage name.</param>
/// <param name="Dim">Values per vector.</param>
/// <param name="Distance">How vectors are compared: a constant of <see cref="DistanceFunction"/>.</param>
/// <param name="Index">How they are found: a constant of <see cref="IndexKind"/>.</param>
sealed record VectorColumnSchema(string Name, int Dim, string Distance, string Index);

/// <summary>What the records of a collection consist of. It is stored with them.</summary>
sealed record RecordSchema(DataType Key, ImmutableArray<DataColumn> Data, ImmutableArray<VectorColumnSchema> Vectors)
{
    /// <summary>The schema of a model; what it leaves open has its default.</summary>
    public static RecordSchema Of(CollectionModel model) => new(
        DataType.FindKey(model.KeyProperty.Type)!,
        [.. model.DataProperties.Select(one => new DataColumn(one.StorageName, DataType.Find(one.Type)!, one.IsFullTextIndexed))],
        [.. model.VectorProperties.Select(one => new VectorColumnSchema(one.StorageName, one.Dimensions,
            one.DistanceFunction ?? DistanceFunction.CosineSimilarity, one.IndexKind ?? IndexKind.Dynamic))]);

    /// <summary>
    /// This schema with what a model has in addition.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model contradicts the stored records, or lacks one of their properties.</exception>
    public RecordSchema Extended(CollectionModel model, string collection)
    {
        RecordSchema asked = Of(model);
        string operation = $"collection '{collection}'";
        Require.State(asked.Key == Key, $"{operation}: its keys are of type {Key.Name}, the definition says {asked.Key.Name}");
        foreach (DataColumn have in Data)
        {
            DataColumn? want = asked.Data.FirstOrDefault(one => one.Name == have.Name);
            Require.State(want is not null, $"{operation}: its records have a property '{have.Name}' of type {have.Type.Name}, which the "
                + $"definition lacks; saving a record would lose it, so add it to the definition");
            Require.State(want.Type == have.Type,
                $"{operation}: property '{have.Name}' is stored as {have.Type.Name}, the definition says {want.Type.Name}");
        }
        foreach (VectorColumnSchema have in Vectors)
        {
            VectorPropertyModel? want = model.VectorProperties.FirstOrDefault(one => one.StorageName == have.Name);
            Require.State(want is not null, $"{operation}: its records have a vector '{have.Name}' of {have.Dim} values, which the "
                + $"definition lacks; saving a record would lose it, so add it to the definition");
            Require.State(want.Dimensions == have.Dim,
                $"{operation}: vector '{have.Name}' has {have.Dim} values, the definition says {want.Dimensions}");
            Require.State(want.DistanceFunction is null || want.DistanceFunction == have.Distance, $"{operation}: vector '{have.Name}' is "
                + $"compared by {have.Distance}, the definition says {want.DistanceFunction}; delete the collection to change it");
            Require.State(want.IndexKind is null || want.IndexKind == have.Index, $"{operation}: vector '{have.Name}' is "
                + $"indexed as {have.Index}, the definition says {want.IndexKind}; delete the collection to change it");
        }
        var data = Data.Select(have => have with { IsFullText = have.IsFullText || asked.Data.First(w => w.Name == have.Name).IsFullText });
        return new RecordSchema(Key,
            [.. data, .. asked.Data.Where(want => Data.All(have => have.Name != want.Name))],
            [.. Vectors, .. asked.Vectors.Where(want => Vectors.All(have => have.Name != want.Name))]);
    }

    /// <summary>Whether another schema says the same.</summary>
    public bool Same(RecordSchema other) => Key == other.Key && Data.SequenceEqual(other.Data) && Vectors.SequenceEqual(other.Vectors);

    /// <summary>Writes the schema.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Key.Code);
        writer.Write(Data.Length);
        foreach (DataColumn column in Data)
        {
            writer.Write(column.Name);
            writer.Write(column.Type.Code);
            writer.Write((byte)column.Type.Shape);
            writer.Write(column.IsFullText);
        }
        writer.Write(Vectors.Length);
        foreach (VectorColumnSchema column in Vectors)
        {
            writer.Write(column.Name);
            writer.Write(column.Dim);
            writer.Write(column.Distance);
            writer.Write(column.Index);
        }
    }

    /// <summary>Reads a schema.</summary>
    public static RecordSchema Read(BinaryReader reader, string path)
    {
        DataType key = Type(reader.ReadByte(), DataShape.Single, path);
        var data = new DataColumn[reader.ReadInt32()];
        for (int i = 0; i < data.Length; i++)
        {
            string name = reader.ReadString();
            byte code = reader.ReadByte();
            data[i] = new DataColumn(name, Type(code, (DataShape)reader.ReadByte(), path), reader.ReadBoolean());
        }
        var vectors = new VectorColumnSchema[reader.ReadInt32()];
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = new VectorColumnSchema(reader.ReadString(), reader.ReadInt32(), reader.ReadString(), reader.ReadString());
        return new RecordSchema(key, [.. data], [.. vectors]);
    }

    static DataType Type(byte code, DataShape shape, string path) => DataType.Find(code, shape)
        ?? throw new InvalidDataException($"'{path}' has a property of an unknown type {code}; it was written by a newer version");
}
