#!/usr/bin/env bash
# Kills a training run at ten random moments and goes on with it: the model's files are to be those of a run that nobody killed.
#   eng/kill-resume.sh [KILLS]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-10}
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
rowan=$PWD/artifacts/bin/Rowan.Cli/release/rowan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# 400 users choose among 300 items, mostly from their own third.
awk 'BEGIN { srand(7); print "user,item"; for (u = 0; u < 400; u++) for (k = 0; k < 60; k++) print "u" u ",i" int(u % 3 * 100 + rand() * (rand() < 0.8 ? 100 : 300)) % 300 }' > choices.csv
train=(train choices.csv --job recommend --loss bpr --epochs 60 --patience none --checkpoint-every 0.05 --quiet)

sums() { (cd "runs/$1" && sha256sum model.safetensors tables.safetensors seen.safetensors ./*.ids.txt | sha256sum | cut -c1-16); }

start=$(date +%s%N)
"$rowan" "${train[@]}" --name whole > /dev/null
whole=$(sums whole)
took=$(( ($(date +%s%N) - start) / 1000000 ))
echo "uninterrupted: ${took} ms, $whole"
different=0
for i in $(seq "$kills"); do
  "$rowan" "${train[@]}" --name "killed$i" > /dev/null 2>&1 &
  pid=$!
  after=$(( 300 + RANDOM % (took > 400 ? took - 300 : 100) ))
  sleep "$(awk "BEGIN { print $after / 1000 }")"
  kill -9 "$pid" 2> /dev/null || true
  wait "$pid" 2> /dev/null || true
  if [ -d "runs/killed$i" ]; then how="had finished"
  elif [ -f "runs/.killed$i.partial/checkpoint/checkpoint.json" ]; then
    step=$(sed -nE 's/.*"step": ([0-9]+).*/\1/p' "runs/.killed$i.partial/checkpoint/checkpoint.json" | head -n 1)
    how="went on from step $step"
    "$rowan" train --resume "killed$i" > /dev/null 2>&1
  else
    how="had no checkpoint yet, began anew"
    "$rowan" "${train[@]}" --name "killed$i" > /dev/null
  fi
  sum=$(sums "killed$i")
  [ "$sum" = "$whole" ] && same=same || { same=DIFFERENT; different=$((different + 1)); }
  echo "killed after ${after} ms: $how, $sum, $same"
done
echo "$((kills - different)) of $kills the same to the bit"
[ "$different" -eq 0 ]
