#!/usr/bin/env bash
# Packs the tests, vgg and weights-tools for a machine with an NVIDIA GPU that has neither .NET nor a network: artifacts/gpu-machine/tests.tar.xz.
# There: mkdir tests && tar -xf tests.tar.xz -C tests && tests/run.sh
# Tests/gpu-machine.sh user@machine does that through ssh.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/artifacts/gpu-machine
limit=$((64 << 20))

rm -rf "$target"
# Not trimmed: ILGPU finds methods by reflection. Lock files of its own, because the runtime belongs to this package only.
# The three programs share one folder, and so one runtime.
for project in Tests/Tests.csproj Cli/Cli.csproj weights-tools/weights-tools.csproj; do
    dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained true -o "$target/tests" \
        -p:NuGetLockFilePath=obj/gpu-machine.lock.json --nologo -v quiet
done
cp "$root/Tests/run-on-gpu-machine.sh" "$target/tests/run.sh"
cp "$root/Tests/pytorch_vgg16.py" "$target/tests"
rm -f "$target"/tests/*.pdb "$target"/tests/*.xml
tar -C "$target/tests" -c . | xz -6 -T0 >"$target/tests.tar.xz"

size=$(stat -c %s "$target/tests.tar.xz")
echo "$target/tests.tar.xz: $size bytes"
((size < limit)) || { echo "larger than $limit bytes" >&2; exit 1; }

if (($# > 0)); then
    ssh "$1" 'rm -rf vgg-tests && mkdir vgg-tests && tar -xJ -C vgg-tests && vgg-tests/run.sh' <"$target/tests.tar.xz"
fi
