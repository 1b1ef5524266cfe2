#!/usr/bin/env bash
# Writes a site to artifacts/docs: README.md, the pages of docs/, and the API of the packages from their XML documentation.
# docfx (.config/dotnet-tools.json) builds it from a copy of the pages in artifacts/docs-source. A warning of docfx is an error.
# To read the site: dotnet docfx serve artifacts/docs
set -euo pipefail
cd "$(dirname "$0")/.."
source=artifacts/docs-source
rm -rf "$source" artifacts/docs
mkdir -p "$source"

dotnet tool restore
for package in Rowan.Recipes Rowan.Onnx Rowan.Extensions.AI; do
  dotnet publish -c Release "src/$package" -o "$source/bin"
done

git ls-files -z '*.md' ':!src' ':!apps' ':!tests' ':!eng' ':!.github' | tar -c --null -T - | tar -x -C "$source"
mv "$source/README.md" "$source/index.md"
cp -r LICENSE eng/icon.png eng/docs/. "$source"
printf -- '- name: %s\n  href: %s\n' Guides docs/ API api/ Architecture ARCHITECTURE.md Changes CHANGELOG.md > "$source/toc.yml"
for page in docs/*.md; do
  printf -- '- name: "%s"\n  href: %s\n' "$(sed -n '/^# /{s///p;q;}' "$page")" "${page#docs/}"
done > "$source/docs/toc.yml"

dotnet docfx "$source/docfx.json" --warningsAsErrors
