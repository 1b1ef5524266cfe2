#!/usr/bin/env bash
# Readers, one trainer, saving and growing on one table; values are compared with those of a training that nobody reads.
#   eng/stress-table.sh [SECONDS]      60 unless given
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build eng/stress-table -c Release -v q -nologo -clp:ErrorsOnly >&2
exec dotnet artifacts/bin/StressTable/release/StressTable.dll "${1:-60}"
