#!/usr/bin/env bash
# Runs the portable kernels on small ragged shapes under oclgrind, which checks every access for races, bounds and uninitialised
# reads. Fails on any report, and also if oclgrind does not report the bugs of SeededBugs.cs. Needs setup.sh and a Release build of Tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/Release/net10.0/Gpu.Tests
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export REQUIRE_OPENCL=1 OCL_ICD_VENDORS=$opencl/oclgrind
export OCLGRIND_DATA_RACES=1 OCLGRIND_UNINITIALIZED=1 OCLGRIND_MAX_ERRORS=20 OCLGRIND_GLOBAL_MEM_SIZE=2000000000
# The optimiser emits freeze instructions, which the check for uninitialised reads does not know.
export OCLGRIND_BUILD_OPTIONS=-cl-opt-disable

# Runs tests under oclgrind; its reports go to the log named first. Oclgrind itself always succeeds, the tests may fail.
check() {
    local log=$logs/$1 filter=$2
    : >"$log"
    OCLGRIND_LOG=$log "$tests" --filter "$filter" --no-progress --no-ansi >"$logs/output" 2>&1 || { cat "$logs/output"; return 1; }
}

# A kernel with a bug, and what oclgrind calls it.
expect() {
    check "$1" "FullyQualifiedName=Gpu.Tests.OpenCL.SeededBugs.$1"
    grep -qi "$2" "$logs/$1" || { cat "$logs/$1"; echo "oclgrind did not report the seeded bug $1" >&2; exit 1; }
    echo "seeded bug $1: reported"
}

expect Missing_barrier 'data race'
expect Write_out_of_bounds 'invalid write'
expect Uninitialised_read 'uninitialized value'

check kernels 'Category=opencl&Category!=full-size'
grep -E 'total:|succeeded:' "$logs/output"
[[ ! -s $logs/kernels ]] || { cat "$logs/kernels"; echo "oclgrind reports errors in the portable kernels" >&2; exit 1; }
echo "portable kernels: nothing reported"
