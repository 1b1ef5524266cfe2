#!/usr/bin/env bash
# Rowan and libtorch side by side, in one process and one run:  benchmarks/run.sh [--quick] [--only WORDS] [--json FILE]
# Downloads TorchSharp-cpu (half a gigabyte) into the package cache once; builds outside the tree.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${ROWAN_PEER_OUT:-${TMPDIR:-/tmp}/rowan-peer-$(id -u)}
dotnet build "$here/Rowan.Peer" -c Release --artifacts-path "$out" -v q -nologo -clp:ErrorsOnly >&2
dll=$(find "$out/bin/Rowan.Peer" -name Rowan.Peer.dll -not -path '*/ref/*' -print -quit)
library=$(ldconfig -p | awk '/libstdc\+\+\.so\.6 .*x86-64/ && !found {found = $NF} END {print found}')
if ! grep -q 'GLIBCXX_3\.4\.32' "$library"; then
  dotnet "$dll" --weaken "$(dirname "$dll")"
  printf 'void _ZSt21ios_base_library_initv(void) {}\n' | cc -shared -fPIC -x c - -o "$out/ios-init.so"
  export LD_PRELOAD="$out/ios-init.so"
fi
exec dotnet "$dll" "$@"
