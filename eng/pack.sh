#!/usr/bin/env bash
# Writes the packages (Rowan, Rowan.Recipes, Rowan.Onnx, Rowan.Extensions.AI, Rowan.Tool) and their symbols to artifacts/package/release, or to the folder that -o names.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/Rowan src/Rowan.Recipes src/Rowan.Onnx src/Rowan.Extensions.AI apps/Rowan.Cli; do
  dotnet pack -c Release "$project" "$@"
done
