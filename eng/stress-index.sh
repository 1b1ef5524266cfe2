#!/usr/bin/env bash
# Three threads that add, replace and remove rows of a vector index, one that saves it, and four that search it; every answer is checked.
#   eng/stress-index.sh [SECONDS]      60 unless given
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build eng/stress-index -c Release -v q -nologo -clp:ErrorsOnly >&2
exec dotnet artifacts/bin/StressIndex/release/StressIndex.dll "${1:-60}"
