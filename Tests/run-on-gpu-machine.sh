#!/usr/bin/env bash
# Runs the packed tests (see gpu-machine.sh) on the GPU, or those of another filter, and prints failures and the summary.
# A missing GPU is a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export REQUIRE_CUDA=1
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
./Gpu.Tests --filter "${1:-Category=cuda}" --no-progress >output.txt 2>&1
status=$?
grep -A 20 '^failed ' output.txt
grep -A 5 '^Test run summary' output.txt | tail -6
exit "$status"
