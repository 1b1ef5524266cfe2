#!/usr/bin/env bash
# Loads what 'rowan export' writes into real servers, on loopback, and compares every row with the export: PostgreSQL (COPY into real[]),
# pgvector (in PGlite, PostgreSQL as WebAssembly), and Garnet (in process: hashes and a vector set). Everything that is started is stopped.
# Needs postgresql (Debian: apt-get install postgresql postgresql-contrib), node with npm, and python3; a part whose program is missing is an error
# unless it is left out:  eng/check-servers.sh [postgres] [pgvector] [garnet]      (default: all three)
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
parts=${*:-postgres pgvector garnet}
dotnet build apps/Rowan.Cli -c Release -v q -nologo -clp:ErrorsOnly
rowan=$root/artifacts/bin/Rowan.Cli/release/rowan
work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || as_postgres "$pg/pg_ctl" -D "$work/data" -m immediate -w stop > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
has() { case " $parts " in *" $1 "*) true ;; *) false ;; esac; }
cd "$work"

# A trained run with ids, titles and counts, and a file whose names are hard to quote.
awk 'BEGIN { srand(7); print "user,item"; for (u = 0; u < 120; u++) for (k = 0; k < 12; k++) print "u" u ",i" int(u % 3 * 20 + rand() * 20) }' > shop.csv
"$rowan" train shop.csv --name shop --dim 12 --epochs 2 --model factors --quiet > /dev/null 2>&1
"$root/eng/check-servers/odd-names.py" odd.csv
"$rowan" import odd.csv --name odd --table odd > /dev/null 2>&1
for run in shop:items odd:odd; do
  for to in csv copy copy-pgvector pgvector redis garnet qdrant; do
    "$rowan" export "${run%:*}" --table "${run#*:}" --to $to --out "${run#*:}.$to" 2> "${run#*:}.$to.how"
  done
done

if has postgres; then
  pg=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -1 || true)
  [ -n "$pg" ] || pg=$(dirname "$(command -v initdb)") || { echo "postgres: no PostgreSQL server; apt-get install postgresql"; exit 1; }
  mkdir data socket
  [ "$(id -u)" != 0 ] || chown postgres data socket
  as_postgres "$pg/initdb" -D "$work/data" -A trust -U rowan > /dev/null
  server=yes
  as_postgres "$pg/pg_ctl" -D "$work/data" -o "-k $work/socket -c listen_addresses='' -c fsync=off" -w -t 60 -l "$work/data/log" start > /dev/null
  sql() { "$pg/psql" -h "$work/socket" -U rowan -d postgres -v ON_ERROR_STOP=1 -qAt "$@"; }
  echo "PostgreSQL $(sql -c 'show server_version')"
  for table in items odd; do
    # The commands that the export printed, with this connection.
    sed -n 's/^  //p' $table.copy.how > load.sql
    sql -f load.sql
    sql -c "\\copy (select row_to_json(t) from \"$table\" t) to '$table.postgres.json'"
    python3 "$root/eng/check-servers/compare.py" "$table: COPY into real[]" $table.csv $table.postgres.json
    # Loaded again, the keys are there already: PostgreSQL refuses, and keeps what it has.
    if sql -c "\\copy \"$table\" from '$table.copy' with (format binary)" 2> refused.txt; then echo "FAIL: loaded twice"; exit 1; fi
    echo "ok   $table: a second COPY is refused ($(head -1 refused.txt | cut -c1-90)), $(sql -c "select count(*) from \"$table\"") rows remain"
  done
fi

if has pgvector; then
  mkdir pglite
  (cd pglite && npm init -y > /dev/null && npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14 @electric-sql/pglite-pgvector@0.0.15)
  cp "$root/eng/check-servers/pglite.mjs" pglite/
  for table in items odd; do
    timeout 300 node pglite/pglite.mjs $table $table.pgvector $table.copy-pgvector $table.pglite
    for way in sql copy; do
      python3 "$root/eng/check-servers/compare.py" "$table: pgvector from $way" $table.csv $table.pglite.$way.json
    done
    first=$("$rowan" view $table.csv -n 1 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["first"][0]["name"])')
    "$rowan" view $table.csv --neighbors "$first" -n 5 --json > rowan.json
    python3 "$root/eng/check-servers/neighbors.py" "$table: <=> of pgvector and rowan's neighbors" rowan.json $table.pglite.neighbors.json
  done
fi

if has garnet; then
  dotnet run -c Release --project "$root/eng/check-servers" --artifacts-path "$work/build" -- "$rowan" items odd
fi

for table in items odd; do
  python3 "$root/eng/check-servers/qdrant.py" "$table: request bodies for Qdrant" $table.csv $table.qdrant
done
echo "all the same"
