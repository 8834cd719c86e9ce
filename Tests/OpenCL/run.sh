#!/usr/bin/env bash
# Runs a command on PoCL, for example: Tests/OpenCL/run.sh dotnet run --project Tests -- --filter Category=opencl
# REQUIRE_OPENCL=1 makes tests fail, not skip, where OpenCL is absent.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
exec "$@"
