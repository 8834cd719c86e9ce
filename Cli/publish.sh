#!/usr/bin/env bash
# Builds vgg as one program that needs no .NET: artifacts/vgg/RUNTIME/, with the bundled network and pictures beside it.
# Usage: Cli/publish.sh [RUNTIME...]    default: linux-x64 win-x64 osx-arm64
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
(($#)) || set -- linux-x64 win-x64 osx-arm64

for runtime; do
    target=$root/artifacts/vgg/$runtime
    rm -rf "$target"
    # Compiled ahead, the first run starts sooner. Not trimmed: ILGPU finds methods by reflection. A lock file of its own, because
    # the runtime belongs to this build only.
    dotnet publish "$root/Cli/Cli.csproj" -c Release -r "$runtime" --self-contained true -o "$target" --nologo -v quiet \
        -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:IncludeNativeLibrariesForSelfExtract=true \
        -p:NuGetLockFilePath="obj/publish-$runtime.lock.json"
    rm -f "$target"/*.xml "$target"/*.pdb
    du -sm "$target"
done
