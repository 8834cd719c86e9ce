# Source this: OpenCL programs then find PoCL through the shim that setup.sh built.
opencl=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../artifacts/opencl" && pwd) || {
    echo "Run Tests/OpenCL/setup.sh first." >&2
    return 1
}
export LD_LIBRARY_PATH=$opencl${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export POCL_CACHE_DIR=$opencl/kernels
