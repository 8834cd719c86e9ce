#!/usr/bin/env bash
# Fetches NVIDIA's assembler ptxas and the disassembler nvdisasm (CUDA 12.4, Debian's package nvidia-cuda-toolkit, non-free) into artifacts/cuda, from the mirror that
# this Debian machine is set up with. 87 MB are downloaded and two files kept; nothing is installed and no root needed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/../artifacts/cuda
suite=trixie

if [[ ! -x $target/ptxas ]]; then
    mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
        sed -n 's/^URIs: *\([^ ]*\/debian\)\/*$/\1/p; s/^deb .*\(http[^ ]*\/debian\)\/* .*/\1/p' | head -1 || true)
    [[ -n $mirror ]] || { echo "No Debian mirror is named in /etc/apt; put ptxas on the PATH yourself." >&2; exit 1; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$target"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite non-free" >"$work/sources.list"
    options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
        -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3)
    apt-get "${options[@]}" update
    (cd "$work" && apt-get "${options[@]}" download nvidia-cuda-toolkit)
    dpkg-deb --fsys-tarfile "$work"/nvidia-cuda-toolkit_*.deb | tar -x -C "$work" ./usr/bin/ptxas ./usr/bin/nvdisasm
    mv "$work/usr/bin/nvdisasm" "$work/usr/bin/ptxas" "$target"
fi
"$target/ptxas" --version | tail -2
