#!/usr/bin/env bash
# What takes too long for every change: every fuzz test of every package for
# FUZZTIME (60s), the long tests (COVEY_LONG=1), and known vulnerabilities. Goes on
# after a finding, prints a summary, and fails if there was one.
set -uo pipefail
cd "$(dirname "$0")/.."
fuzztime=${FUZZTIME:-60s}
summary=()
failed=0

# step NAME COMMAND... runs the command and notes how it ended; 77 means that it
# could not run and said so.
step() {
    local name=$1
    shift
    echo "== $name"
    "$@"
    case $? in
    0) summary+=("ok    $name") ;;
    77) summary+=("SKIP  $name") ;;
    *)
        summary+=("FAIL  $name")
        failed=1
        ;;
    esac
}

packages=$(go list ./...) || exit 1
for package in $packages; do
    if ! list=$(go test -list '^Fuzz' "$package"); then
        echo "$list"
        summary+=("FAIL  list fuzz tests of $package")
        failed=1
        continue
    fi
    for fuzz in $(grep '^Fuzz' <<<"$list"); do
        step "$fuzz of $package, $fuzztime" go test -run '^$' -fuzz "^$fuzz\$" -fuzztime "$fuzztime" -fuzzminimizetime 10x "$package"
    done
done
step "long tests" env COVEY_LONG=1 go run ./internal/testenv/testrun -count=1 -timeout 2h ./...
step "known vulnerabilities" tools/vuln.sh

echo
echo "nightly:"
printf '%s\n' "${summary[@]}"
if [ $failed != 0 ]; then
    echo "hint: a fuzz finding is now a file below testdata/fuzz; commit it with the fix" >&2
fi
exit $failed
