#!/usr/bin/env bash
# BenchmarkDotNet looks for the project from its own folder.
set -euo pipefail
cd "$(dirname "$0")/../benchmarks/Rowan.Benchmarks"
[ $# -gt 0 ] || set -- --filter "*" --job short
dotnet run -c Release -- "$@"
