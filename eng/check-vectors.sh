#!/usr/bin/env bash
# Checks word-vector files against gensim and fastText themselves (Debian: apt-get install python3-gensim python3-fasttext):
# the same vectors, and the same vectors of unknown words, within 1e-6, in both directions.
#   eng/check-vectors.sh [FOLDER]     FOLDER: more files to read, such as fastText models (.bin), word2vec files (.vec, .bin) and GloVe (.txt)
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
more=${1:-}
[ -z "$more" ] || more=$(cd "$more" && pwd)
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The text to learn from: the documentation, words between spaces.
cat docs/*.md README.md | tr -cs '[:alpha:]\n' ' ' | tr '[:upper:]' '[:lower:]' > "$folder/text.txt"
"$python" eng/check-vectors.py "$PWD/artifacts/bin/Rowan.Cli/release/rowan" "$folder" "$more"
