#!/usr/bin/env bash
# Two programs compiled ahead of time, and run: the first example, and a vector store whose records have a mapper. They need neither a
# JIT nor what trimming removes; a warning of the compiler about the second is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
publish() { dotnet publish "$1" -c Release --use-current-runtime -p:PublishAot=true --artifacts-path "$out/artifacts" -o "$out/$2" "${@:3}"; }
publish examples/01-embedding-basics app
"$out/app/EmbeddingBasics"
publish eng/aot-store store -p:TreatWarningsAsErrors=true
"$out/store/AotStore"
