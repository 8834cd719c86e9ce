#!/usr/bin/env bash
# Writes docs/benchmarks.md, its plots and the README's tables from the records in docs/benchmarks.json and docs/benchmarks-gpu.json.
# Usage: Tests/Benchmarks/regenerate.sh            from the records as they are
#        Tests/Benchmarks/regenerate.sh measure    after measuring anew, which takes some minutes of a quiet machine; also the roofline
#        Tests/Benchmarks/regenerate.sh gpu RESULTS    after taking over the folder of results of Tests/run-on-gpu-machine.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ ${1:-} == measure ]]; then
    dotnet run -c Release --project Tests/Benchmarks -- measure .
    # Without a build, which would use the processors that are measured.
    dotnet run -c Release --no-build --project Cli -- profile --device cpu --plot docs/images/roofline.svg
elif [[ ${1:-} == gpu ]]; then
    dotnet run -c Release --project Tests/Benchmarks -- gpu "$2" .
fi
dotnet run -c Release --project Tests/Benchmarks -- page .
