#!/usr/bin/env bash
# Checks folders of static encoders against Python, in both directions, within 1e-6:
#   what 'rowan distill' writes (f32, f16, i8, with words of one's own) is read by NumPy alone, as Model2Vec reads its own folders, and gives the
#   vectors of 20 texts that Rowan gives; and a folder that Python writes in Model2Vec's layout (weights and mapping too) gives them in Rowan.
# Token ids come from Hugging Face's tokenizers library (in node). What follows the ids is Model2Vec's steps written down again in Python
# (check-static.py), because neither Model2Vec nor sentence-transformers is a package of Debian: their own code is not run.
#   eng/check-static.sh [ENCODER]     ENCODER: a folder with model.onnx, such as eng/minilm.sh writes; default: a small one with random weights
# Needs node with npm, and python3 with NumPy (Debian: apt-get install python3-numpy); PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
encoder=${1:-}
[ -z "$encoder" ] || encoder=$(cd "$encoder" && pwd)
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
dotnet build eng/check-static -c Release -v q -nologo -clp:ErrorsOnly
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm init -y > /dev/null && npm install --silent @anush008/tokenizers@0.6.0 > /dev/null)
cp eng/check-static/tokenize.cjs "$work/"
ask="dotnet $PWD/artifacts/bin/CheckStatic/release/CheckStatic.dll"
if [ -z "$encoder" ]; then
  encoder=$work/encoder
  $ask encoder "$encoder"
fi
"$python" eng/check-static.py "$PWD/artifacts/bin/Rowan.Cli/release/rowan" "$ask" "$encoder" "$work"
