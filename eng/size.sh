#!/usr/bin/env bash
# Files and lines of C# by folder: count, median, the 90 % mark, the largest.
set -euo pipefail
cd "$(dirname "$0")/.."
printf '%-28s %6s %7s %7s %7s\n' folder files median '90 %' largest
for folder in src/* apps/* tests/* examples/*; do
  [ -d "$folder" ] || continue
  git ls-files "$folder/*.cs" | xargs -r wc -l | awk '$2 != "total" {print $1}' | sort -n | awk -v f="$folder" '
    {n[NR] = $1}
    END {if (NR) printf "%-28s %6d %7d %7d %7d\n", f, NR, n[int((NR + 1) / 2)], n[int(NR * 0.9 + 0.999)], n[NR]}'
done
