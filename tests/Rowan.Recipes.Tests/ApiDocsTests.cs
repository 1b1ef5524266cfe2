using Rowan.Data;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Tests;

public sealed class ApiDocsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void MembersAreMergedByNameAndReferencesReadAsWords()
    {
        File.WriteAllText(_folder["a.xml"], """
            <doc><members>
              <member name="T:N.List`1"><summary>A   list of
                 things.</summary></member>
              <member name="M:N.List`1.Add(`0)"><summary>Adds a <see cref="T:N.Thing`2"/> if <see langword="true"/>.</summary>
                <param name="x">The <paramref name="x"/> to add.</param><returns>Its <c>place</c>.</returns></member>
              <member name="M:N.List`1.Add(`0,System.Int32)"><summary>Adds at a place.</summary><returns>Its <c>place</c>.</returns></member>
              <member name="M:N.List`1.N#IThing#Go"><summary>Explicit.</summary></member>
              <member name="M:N.List`1.#ctor"><summary>Makes one.</summary></member>
              <member name="P:N.List`1.Count"><value>How many.</value></member>
              <member name="M:N.X.op_Implicit(N.X)~System.Int32"><summary>Converts.</summary><remarks><para>Two.</para><para>Parts.</para></remarks></member>
            </members></doc>
            """);
        IReadOnlyList<ApiMember> members = ApiDocs.Read(ApiDocs.Locate(_folder.Path));
        Assert.Equal(["N.List", "N.List.#ctor", "N.List.Add", "N.X.op_Implicit"], members.Select(member => member.Name));
        Assert.Equal("A list of things.", members[0].Summary);
        Assert.Equal("Adds a Thing if true . Adds at a place.", members[2].Summary);
        Assert.Equal("Its place .", members[2].Returns);
        Assert.Equal("The x to add.", members[2].Details);
        Assert.Equal("Two. Parts.", members[3].Remarks);
        Assert.Equal("List.Add", members[2].ShortName);
        Assert.Equal("N.List", members[2].Owner);
    }

    [Fact]
    public void WhatIsMissingOrBrokenIsNamed()
    {
        var missing = Assert.Throws<DirectoryNotFoundException>(() => ApiDocs.Locate(_folder["none"]));
        Assert.Contains("`docs` DIR", missing.Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => ApiDocs.Locate(_folder.Path));
        File.WriteAllText(_folder["broken.xml"], "<doc>\n<members>\n<member name='T:A'><summary>x</members>");
        var broken = Assert.Throws<InvalidDataException>(() => ApiDocs.Read(ApiDocs.Locate(_folder.Path)));
        Assert.Contains("broken.xml' is not well-formed XML at line 3", broken.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["broken.xml"], "<doc/>");
        Assert.Throws<InvalidDataException>(() => ApiDocs.Read(ApiDocs.Locate(_folder.Path)));
    }

    [Fact]
    public void WhereNothingIsFoundTheFoldersLookedInAreNamed()
    {
        Directory.CreateDirectory(_folder["one/packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0"]);
        var error = Assert.Throws<DirectoryNotFoundException>(() => ApiDocs.Locate(null, [_folder["one"], _folder["two"]]));
        foreach (string part in new[] { _folder["one/packs"], _folder["two/packs"], "`docs` DIR" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["one/packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0/Old.xml"], "<doc/>");
        Directory.CreateDirectory(_folder["one/packs/Microsoft.NETCore.App.Ref/10.0.12/ref/net10.0"]);
        File.WriteAllText(_folder["one/packs/Microsoft.NETCore.App.Ref/10.0.12/ref/net10.0/New.xml"], "<doc/>");
        Assert.Equal("New.xml", Path.GetFileName(Assert.Single(ApiDocs.Locate(null, [_folder["two"], _folder["one"]]))));
    }

    [Fact]
    public void TheSdksOwnDocumentationIsFound()
    {
        // Runs wherever an SDK is, which is wherever this test was built.
        IReadOnlyList<string> files = ApiDocs.Locate();
        Assert.Contains(files, file => Path.GetFileName(file) == "System.Runtime.xml");
    }

    [Fact]
    public void TheDocumentationIsASourceOfRecords()
    {
        SmallDocs.Write(_folder.Path);
        using DataSource source = ApiDocs.Source(_folder.Path);
        using RecordReader reader = source.Open();
        Assert.Equal(ApiDocs.Schema.Columns.Select(column => column.Name), reader.Columns);
        IReadOnlyList<ApiMember> members = ApiDocs.Read(ApiDocs.Locate(_folder.Path));
        foreach (ApiMember member in members)
        {
            Assert.True(reader.Read());
            Assert.Equal([member.Name, member.Owner, member.Summary, member.Returns, member.Remarks, member.Details],
                Enumerable.Range(0, 6).Select(column => reader.Field(column).ToString()));
        }
        Assert.False(reader.Read());
        Assert.Equal(200, reader.Records);
    }
}
