#!/usr/bin/env bash
# Rewrites src/*/PublicApi.txt, the lists of the public API, after a deliberate change of it. A test compares them with the code.
set -euo pipefail
cd "$(dirname "$0")/.."
ROWAN_UPDATE_API=1 dotnet test -c Release --project tests/Architecture.Tests -- --filter-class "*PublicApiTests" "$@"
git status --short src/*/PublicApi.txt
