#!/usr/bin/env bash
# Streams a CSV of 5 million lines through the tabular job, and shows its peak memory, which is to stay below 1 GB:
#   eng/stream-tabular.sh [LINES]
set -euo pipefail
cd "$(dirname "$0")/.."
lines=${1:-5000000}
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
rowan=$PWD/artifacts/bin/Rowan.Cli/release/rowan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Whether somebody clicks follows from a site, a device and a size; the other columns are noise.
awk -v lines="$lines" 'BEGIN {
  srand(3); print "click,site,app,device,user,city,ad,hour,size,price,age,depth"
  for (i = 0; i < lines; i++) {
    site = int(rand() * rand() * 5000); device = int(rand() * 40); size = rand() * 10
    score = (site % 3 - 1) * 1.2 + (device % 2 ? 0.8 : -0.8) + (size > 3 && size < 6 ? 1 : -0.5)
    printf "%d,s%d,a%d,d%d,u%d,c%d,x%d,h%d,%.2f,%.2f,%d,%d\n", rand() < 1 / (1 + exp(-score)), site, rand() * 3000, device, rand() * rand() * 100000, rand() * 900, rand() * 20000, rand() * 24, size, rand() * 100, rand() * 80, rand() * 6
  }
}' > clicks.csv
echo "$(wc -l < clicks.csv) lines, $(( $(stat -c %s clicks.csv) / 1000000 )) MB"
"$rowan" train clicks.csv --task tabular --label click --categorical site,app,device,user,city,ad,hour --numeric size,price,age,depth --epochs 1 --batch-size 4096 --dim 8 --network 64,32 --learning-rate 0.005 \
  --memory-limit 50000000 --validation-share 0.02 --test-share 0.02 --checkpoint-every none --json --progress plain > report.json
sed -nE 's/.*"(auc|accuracy|seconds|peak_memory_bytes)": ([0-9.]+).*/\1 \2/p' report.json
peak=$(sed -nE 's/.*"peak_memory_bytes": ([0-9]+).*/\1/p' report.json)
[ "$peak" -lt 1000000000 ] && echo "below 1 GB" || { echo "NOT below 1 GB"; exit 1; }
