#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_EnableHWIntrinsic=0
exec dotnet test -c Release "$@"
