namespace Rowan.Recipes;

/// <summary>One documented member of an API, all overloads of a name together.</summary>
/// <param name="Name">Full name without parameters: "System.IO.File.ReadAllLines".</param>
/// <param name="Kind">T type, M method, P property, F field, E event.</param>
/// <param name="Summary">What it is, in a sentence or two.</param>
/// <param name="Returns">What it returns, or the value of a property; empty where nothing is said.</param>
/// <param name="Remarks">Further remarks; empty where there are none.</param>
/// <param name="Details">Texts on parameters, type parameters and exceptions.</param>
public sealed record ApiMember(string Name, char Kind, string Summary, string Returns, string Remarks, string Details)
{
    /// <summary>The name of the type, or of the namespace of a type: all before the last dot.</summary>
    public string Owner => Name.LastIndexOf('.') is var dot and > 0 ? Name[..dot] : "";

    /// <summary>The last two parts of the name: "File.ReadAllLines".</summary>
    public string ShortName
    {
        get
        {
            int last = Name.LastIndexOf('.');
            int before = last > 0 ? Name.LastIndexOf('.', last - 1) : -1;
            return Name[(before + 1)..];
        }
    }
}
