#!/usr/bin/env bash
# Published figures beside ours:  benchmarks/accuracy.sh [NAME…] [--data DIR] [--json FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec dotnet run -c Release --project "$here/Rowan.Accuracy" -- "$@"
