#!/usr/bin/env bash
# Prepares OpenCL without a GPU: installs PoCL, the loader and oclgrind from Debian's packages if absent, and builds the shim
# (see generic_address_space_shim.c) into artifacts/opencl. Needs gcc; to install packages also root or sudo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/../../artifacts/opencl

missing=()
for package in pocl-opencl-icd ocl-icd-libopencl1 oclgrind gcc libc6-dev; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if ((${#missing[@]} > 0)); then
    as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

mkdir -p "$target/oclgrind"
gcc -O2 -Wall -Wextra -Werror -fPIC -shared -Wl,-soname,libOpenCL.so -o "$target/libOpenCL.so" \
    "$here/generic_address_space_shim.c" -Wl,--no-as-needed -l:libOpenCL.so.1 -ldl
dpkg-query --listfiles oclgrind | grep -m1 'liboclgrind-rt-icd\.so$' >"$target/oclgrind/oclgrind.icd"
echo "OpenCL is ready; run a command under it with $(basename "$here")/run.sh COMMAND"
