#!/usr/bin/env bash
# Checks against PyTorch and NumPy themselves (Debian: apt-get install python3-torch python3-numpy):
# what they write is read here, what is written here they load, and every value is the same.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet build -c Release eng/fuzz --artifacts-path "$folder/build" -v quiet >/dev/null
copy() { dotnet "$folder/build/bin/Fuzz/release/Fuzz.dll" --copy "$folder/$1" "$folder/$2"; }

"$python" eng/torch-roundtrip.py write "$folder"
for name in linear types nested parameter; do
  copy $name.pt $name.out.pt
  copy $name.pt $name.out.npz
done
copy arrays.npz arrays.out.npz
copy packed.npz packed.out.npz
copy arrays.npz arrays.out.pt
"$python" eng/torch-roundtrip.py check "$folder"
