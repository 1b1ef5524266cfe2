#!/usr/bin/env bash
# The first example compiled ahead of time, and run: the libraries need neither a JIT nor what trimming removes.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet publish examples/01-embedding-basics -c Release --use-current-runtime -p:PublishAot=true --artifacts-path "$out/artifacts" -o "$out/app"
"$out/app/EmbeddingBasics"
