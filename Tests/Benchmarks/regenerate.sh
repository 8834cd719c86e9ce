#!/usr/bin/env bash
# Writes docs/benchmarks.md, its plots and the README's table from the records in docs/benchmarks.json and docs/benchmarks-gpu.json.
# Usage: Tests/Benchmarks/regenerate.sh               from the records as they are
#        Tests/Benchmarks/regenerate.sh measure       after measuring the processor anew, which takes some minutes of a quiet machine
#        Tests/Benchmarks/regenerate.sh gpu FOLDER    after taking over what Tests/run-on-gpu-machine.sh left in its folder results
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
benchmarks() { dotnet run -c Release --project Tests/Benchmarks -- "$@"; }
case ${1:-} in
    measure)
        benchmarks measure .
        dotnet run -c Release --project Cli -- profile --device cpu --plot docs/images/roofline.svg
        ;;
    gpu) benchmarks gpu "$2" . ;;
esac
benchmarks page .
