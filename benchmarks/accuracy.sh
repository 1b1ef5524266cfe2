#!/usr/bin/env bash
# Published figures beside ours:  benchmarks/accuracy.sh [NAME…] [--preset fast,best] [--data DIR] [--json FILE]
# With --preset the tasks state no settings but the columns; a column for each preset, with time and memory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec dotnet run -c Release --project "$here/Rowan.Accuracy" -- "$@"
