#!/usr/bin/env bash
# Installs Rowan as a user does. Packs to a folder feed, installs the tool from it and trains a small file; adds the packages to an empty
# console project, and compiles and runs each C# sample of README.md there, with warnings as errors. Publishes the tool as a single file.
#   eng/test-install.sh
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step() { printf '%3ds  %s\n' "$SECONDS" "$1"; }
quietly() { "$@" > "$work/log" 2>&1 || { echo "failed: $*" >&2; cat "$work/log" >&2; exit 1; }; }

# A version that no cache of packages can hold, and a cache for our packages alone. Packages of others come from the user's cache.
version=$(sed -nE 's/.*<Version>(.*)<\/Version>.*/\1/p' Directory.Build.props)-test.$(date +%s).$$
feed=$work/feed cache=$(dotnet nuget locals global-packages --list | sed -E 's/^global-packages: *//')
mkdir -p "$feed" "$work/app"
cat > "$work/nuget.config" <<XML
<configuration>
  <config><add key="globalPackagesFolder" value="$work/packages" /></config>
  <fallbackPackageFolders><add key="cache" value="$cache" /></fallbackPackageFolders>
  <packageSources><add key="rowan" value="$feed" /></packageSources>
</configuration>
XML

quietly dotnet build -c Release apps/Rowan.Cli
for project in src/Rowan.Onnx src/Rowan.Extensions.AI; do quietly dotnet build -c Release "$project"; done
for project in src/Rowan src/Rowan.Recipes src/Rowan.Onnx src/Rowan.Extensions.AI apps/Rowan.Cli; do
  quietly dotnet pack -c Release --no-build "$project" -p:PackageVersion="$version" -o "$feed"
done
for package in Rowan Rowan.Recipes Rowan.Onnx Rowan.Extensions.AI Rowan.Tool; do
  [ -s "$feed/$package.$version.nupkg" ] && [ -s "$feed/$package.$version.snupkg" ] || { echo "$package was not packed" >&2; exit 1; }
done
step "packed Rowan, Rowan.Recipes, Rowan.Onnx, Rowan.Extensions.AI and Rowan.Tool $version"

cd "$work"
quietly dotnet tool install Rowan.Tool --version "$version" --tool-path "$work/tool" --configfile "$work/nuget.config"
awk 'BEGIN { srand(5); print "user,item"; for (u = 0; u < 200; u++) for (k = 0; k < 20; k++)
  print "u" u ",i" int(u % 2 * 50 + rand() * 50) }' > ratings.csv
quietly "$work/tool/rowan" train ratings.csv --epochs 3 --name shop
quietly "$work/tool/rowan" recommend --run shop --user u7
grep -qE '\bi[0-9]+\b' "$work/log" || { echo "rowan recommend named no item:" >&2; cat "$work/log" >&2; exit 1; }
step "installed the tool and trained a file with it"

# The samples of README.md: N.cs, and N.out where the page shows the output.
awk -v out="$work/sample" '
  /^```csharp$/ { n++; file = out n ".cs"; next }
  /^```text output$/ { file = out n ".out"; next }
  /^```/ { file = ""; next }
  file { print > file }' "$root/README.md"
samples=$(ls "$work"/sample*.cs | wc -l)

cd "$work/app"
quietly dotnet new console --name App --output . --force
run_samples() {  # those that use Rowan.Recipes, or those that do not
  for sample in "$work"/sample*.cs; do
    if grep -qE 'Rowan\.(Recipes|Data)' "$sample"; then uses=recipes; else uses=core; fi
    [ "$uses" = "$1" ] || continue
    cp "$sample" Program.cs
    quietly dotnet build -c Release -warnaserror
    quietly dotnet bin/Release/*/App.dll
    if [ -f "${sample%.cs}.out" ] && ! diff "$work/log" "${sample%.cs}.out" >&2; then
      echo "$(basename "$sample") of README.md prints something else than the page says" >&2
      exit 1
    fi
    ran=$((ran + 1))
  done
}
ran=0
quietly dotnet add package Rowan --version "$version"
others=$(dotnet list package --include-transitive | grep '^ *> ' | grep -v '> Rowan ' || true)
[ -z "$others" ] || { printf 'Rowan brings packages of others:\n%s\n' "$others" >&2; exit 1; }
run_samples core
step "added Rowan and ran $ran samples of README.md"
quietly dotnet add package Rowan.Recipes --version "$version"
run_samples recipes
step "added Rowan.Recipes; $ran of $samples samples ran"
[ "$ran" -eq "$samples" ] && [ "$ran" -gt 0 ] || exit 1
quietly dotnet add package Rowan.Extensions.AI --version "$version"
quietly dotnet add package Rowan.Onnx --version "$version"
cat > Program.cs <<'CS'
using Rowan.Onnx;
using Nn = Rowan.Nn;

using var store = new Rowan.Extensions.AI.RowanVectorStore();
System.Console.WriteLine(new Nn.Linear(3, 2).ExportOnnx("linear.onnx", Rowan.Tensor.Zeros(2, 3)).Outputs[0]);
CS
quietly dotnet build -c Release
quietly dotnet bin/Release/*/App.dll
grep -q 'float32' "$work/log" || { cat "$work/log" >&2; exit 1; }
step "added Rowan.Extensions.AI and Rowan.Onnx, and exported a layer"

cd "$root"
quietly dotnet publish apps/Rowan.Cli -c Release --use-current-runtime --self-contained false -p:PublishSingleFile=true \
  -p:DebugType=none -o "$work/single"
cd "$work"
quietly "$work/single/rowan" recommend --run shop --user u7
step "published the tool as a single file: $(du -m --apparent-size "$work/single/rowan" | cut -f1) MB (needs the .NET runtime)"
