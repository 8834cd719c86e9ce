#!/usr/bin/env bash
# Writes docs/benchmarks.md, its plots and the README's table from the records in docs/benchmarks.json.
# Usage: Tests/Benchmarks/regenerate.sh            from the records as they are
#        Tests/Benchmarks/regenerate.sh measure    after measuring anew, which takes some minutes of a quiet machine; also the roofline
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ ${1:-} == measure ]]; then
    dotnet run -c Release --project Tests/Benchmarks -- measure .
    dotnet run -c Release --project Cli -- profile --device cpu --plot docs/images/roofline.svg
fi
dotnet run -c Release --project Tests/Benchmarks -- page .
