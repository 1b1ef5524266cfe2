#!/usr/bin/env bash
# Three threads that add, replace and remove rows of a vector index, one that saves it, and four that search it; every answer is checked.
#   eng/stress-index.sh [SECONDS]      60 unless given
#   eng/stress-index.sh soak MINUTES   all rows, the file and the recall are checked every 30 seconds; ends after MINUTES
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build eng/stress-index -c Release -v q -nologo -clp:ErrorsOnly >&2
exec dotnet artifacts/bin/StressIndex/release/StressIndex.dll "$@"
