#!/usr/bin/env bash
# Runs all tests and the install test. With --coverage: runs the tests, or those of the projects that follow, and prints the share of lines
# that they ran in each project of src. Tests take 1.5 to 2.5 times as long with it.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then exec .ci/run; fi
if [ "$1" != --coverage ]; then
  echo "eng/test.sh: unknown option '$1'; the only one is --coverage [TEST_PROJECT ...], such as --coverage tests/Rowan.Data.Tests" >&2
  exit 2
fi
shift
for project in "$@"; do
  [ -d "$project" ] || { echo "eng/test.sh: '$project' is no folder; name test projects, such as tests/Rowan.Data.Tests" >&2; exit 2; }
done

reports=$PWD/artifacts/coverage status=0
rm -rf "$reports"
collect() { dotnet test -c Release "$@" --coverage --coverage-output-format cobertura --results-directory "$reports" || status=1; }
if [ $# -eq 0 ]; then collect; else for project in "$@"; do collect --project "$project"; done; fi

ls "$reports"/*.cobertura.xml > /dev/null 2>&1 || { echo "eng/test.sh: no test project left a coverage report" >&2; exit 1; }
# A line counts as run if any test project ran it.
cat "$reports"/*.cobertura.xml | awk '
  /<class / { file = $0; sub(/.*filename="/, "", file); sub(/".*/, "", file); gsub(/\\/, "/", file) }
  /<line / && file ~ /\/src\// {
    number = hits = $0
    sub(/.* number="/, "", number); sub(/".*/, "", number)
    sub(/.* hits="/, "", hits); sub(/".*/, "", hits)
    key = file ":" number
    if (!(key in ran)) ran[key] = 0
    if (hits > 0) ran[key] = 1
  }
  END {
    for (key in ran) {
      project = key; sub(/.*\/src\//, "", project); sub(/\/.*/, "", project)
      lines[project]++; covered[project] += ran[key]
    }
    for (project in lines) printf "%-20s %8d %8d %7.1f %%\n", project, covered[project], lines[project], 100 * covered[project] / lines[project]
  }' | sort | { printf '%-20s %8s %8s %9s\n' project run lines coverage; cat; }
exit $status
