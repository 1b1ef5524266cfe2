#!/usr/bin/env bash
# Kills training runs at random moments and resumes them: the model's files must be those of a run that nobody killed.
# Every model of every recipe, with all that it drops in training switched on; no temporary file may be left. tests/Rowan.Recipes.Tests/ResumeTests.cs is the short version.
#   eng/kill-resume.sh [KILLS [PATTERN]]     kills of each case (3), and the cases whose name contains PATTERN (all)
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-3}
pattern=${2:-}
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
rowan=$PWD/artifacts/bin/Rowan.Cli/release/rowan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# 400 users choose among 300 items, mostly from their own third.
awk 'BEGIN { srand(7); print "user,item,time,genre,age"; for (u = 0; u < 400; u++) for (k = 0; k < 60; k++) {
  i = int(u % 3 * 100 + rand() * (rand() < 0.8 ? 100 : 300)) % 300; print "u" u ",i" i "," k ",g" i % 7 ",a" u % 5 } }' > choices.csv
awk 'BEGIN { srand(8); print "label\ttext"; for (n = 0; n < 4000; n++) { t = n % 2 ? "cat" : "moss";
  for (k = 0; k < 12; k++) t = t " w" int(rand() * 200); print (n % 2 ? "animal" : "plant") "\t" t } }' > texts.tsv
awk 'BEGIN { srand(9); print "colour,shape,size,bought"; for (n = 0; n < 8000; n++) { c = int(rand() * 9); s = rand() * 10;
  print "c" c ",s" int(rand() * 4) "," s "," (rand() < (c % 2 ? 0.8 : 0.3) ? "yes" : "no") } }' > bought.csv
awk 'BEGIN { srand(10); for (n = 0; n < 20000; n++) { t = "the"; for (k = 0; k < 9; k++) t = t " w" int(rand() * 300); print t } }' > text.txt

failures=0
sums() { (cd "runs/$1" && sha256sum ./*.safetensors ./*.ids.txt | sha256sum | cut -c1-16); }

# check NAME FILE OPTIONS…
check() {
  local name=$1 train=(train "$2" "${@:3}" --patience none --checkpoint-every 0.05 --quiet)
  case $name in *"$pattern"*) ;; *) return 0 ;; esac
  local start whole took different=0 i pid after how step sum same
  start=$(date +%s%N)
  "$rowan" "${train[@]}" --name "$name" > /dev/null
  whole=$(sums "$name")
  took=$(( ($(date +%s%N) - start) / 1000000 ))
  echo "$name: uninterrupted ${took} ms, $whole"
  for i in $(seq "$kills"); do
    "$rowan" "${train[@]}" --name "$name-$i" > /dev/null 2>&1 &
    pid=$!
    after=$(( 300 + RANDOM % (took > 400 ? took - 300 : 100) ))
    sleep "$(awk "BEGIN { print $after / 1000 }")"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    if [ -d "runs/$name-$i" ]; then how="had finished"
    elif [ -f "runs/.$name-$i.partial/checkpoint/checkpoint.json" ]; then
      step=$(sed -nE 's/.*"step": ([0-9]+).*/\1/p' "runs/.$name-$i.partial/checkpoint/checkpoint.json" | head -n 1)
      how="resumed from step $step"
      "$rowan" train --resume "$name-$i" > /dev/null 2>&1
    else
      how="had no checkpoint yet, began anew"
      "$rowan" "${train[@]}" --name "$name-$i" > /dev/null
    fi
    sum=$(sums "$name-$i")
    # What the killed process left half written is gone.
    if find runs -name '*.tmp' -o -name ".$name-$i.partial" | grep .; then failures=$((failures + 1)); fi
    [ "$sum" = "$whole" ] && same=same || { same=DIFFERENT; different=$((different + 1)); }
    echo "  killed after ${after} ms: $how, $sum, $same"
  done
  failures=$((failures + different))
}

recommend=(choices.csv --task recommend --dropout 0.2)
classify=(texts.tsv --task classify --dim 16 --hidden 16 --dropout 0.3 --word-dropout 0.1)
tabular=(bought.csv --task tabular --label bought --dropout 0.2 --embedding-dropout 0.1 --network 64,32)
check recommend-factors "${recommend[@]}" --loss bpr --history 10 --epochs 40
check recommend-two-tower "${recommend[@]}" --model two-tower --hidden 32 --item-columns genre --user-columns age --id-dropout 0.3 --epochs 20
check recommend-sequence "${recommend[@]}" --model sequence --dim 16 --length 16 --batch-size 32 --epochs 6
check classify-bag "${classify[@]}" --model bag --epochs 10
check classify-convolution "${classify[@]}" --model convolution --widths 2,3 --subwords --unknown-share 0.1 --epochs 3
check classify-lstm "${classify[@]}" --model lstm --layers 2 --epochs 3
check classify-transformer "${classify[@]}" --model transformer --layers 2 --heads 2 --epochs 3
check classify-members "${classify[@]}" --model transformer --heads 2 --members 2 --epochs 3
check tabular-none "${tabular[@]}" --epochs 20
check tabular-fm "${tabular[@]}" --interaction fm --epochs 20
check tabular-cross "${tabular[@]}" --interaction cross --numeric-embedding periodic --epochs 20
check words-skip-gram text.txt --task words --dim 32 --epochs 5
check words-cbow text.txt --task words --model cbow --dim 32 --epochs 10

[ "$failures" -eq 0 ] && echo "every resumed run is the same to the bit" || { echo "$failures resumed runs differ"; exit 1; }
