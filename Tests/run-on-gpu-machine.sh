#!/usr/bin/env bash
# Runs the packed tests (see gpu-machine.sh) on the GPU, or those of another filter, and prints failures and the summary; then measures: the device's roofs, every algorithm on every layer of VGG-16, the ladder of docs/first-kernel.md, the layers
# of whole runs, the network in all precisions, and beside it PyTorch where python3 has it; and tries what only a GPU shows of the kernel
# commands and of batches. Everything is kept in the folder results. A step that fails does not hinder those after it; all that failed are
# listed at the end. Without a GPU it ends after the tests.
# Arguments, all optional: filter of the tests, device for the measurements, batches, precisions.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export REQUIRE_CUDA=1
device=${2:-cuda:0} batches=${3:-1,8,64,256} precisions=${4:-float32,3xtf32,tf32,fp16,bf16}
failed=()
mkdir -p results

# Runs a command for at most five minutes, its output into a file.
step() {
    local file=results/$1
    shift
    timeout 300 "$@" >"$file" || { echo "failed: $* (see $file)" >&2; failed+=("$file"); }
}

# The files and classes of pictures by batches of so many; scores differ by rounding, as algorithms do by batch.
answers() {
    ./vgg classify samples/*.jpg samples/*.jpg samples/*.jpg --batch "$1" --top 1 --device "$device" --format csv | cut -d, -f1-3
}

# Fails if a batch of 16 pictures, one after another, is answered otherwise than single pictures.
same_answers() {
    set -o pipefail
    answers 1 >results/classes-1.csv && answers 16 >results/classes-16.csv && diff results/classes-1.csv results/classes-16.csv
}

command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee results/gpu.txt
./Gpu.Tests --filter "${1:-Category=cuda}" --no-progress >results/tests.txt 2>&1
status=$?
grep -A 20 '^failed ' results/tests.txt
grep -A 5 '^Test run summary' results/tests.txt | tail -6
((status == 0)) || failed+=(results/tests.txt)

./vgg roofs --device "$device" >results/roofs.txt || exit 1
cat results/roofs.txt
step roofs.json ./vgg roofs --device "$device" --format json
step bench.json ./vgg bench --device "$device" --precision "$precisions" --batch "$batches" --check 1 --format json
step dense.json ./vgg bench --device "$device" --precision "$precisions" --size 768x1024,1200x1600 --check 0 --format json
step kernels.md ./vgg kernels bench --device "$device" --runs 5 --format markdown
step ladder.md ./vgg kernels bench --device "$device" --kernels KernelLadder.dll --layer conv3_2 --runs 5 --format markdown
for precision in ${precisions//,/ }; do
    step "profile-$precision.json" \
        ./vgg profile --device "$device" --precision "$precision" --batch 64 --format json --plot "results/roofline-$precision.svg"
done
export -f answers same_answers
export device
step classes.txt bash -c same_answers
step profile-ladder.txt ./vgg profile --kernels KernelLadder.dll --algorithm conv3_2=ladder-5-vector-tile --batch 8 --device "$device"
step check.txt ./vgg kernels check --device "$device"
for kernel in CudaCoreConvolution.Kernel TensorCoreKernels.NarrowFloat16Kernel; do
    step "$kernel.ptx" ./vgg kernels ptx "$kernel" --capability 90
    if command -v ptxas >/dev/null && command -v nvdisasm >/dev/null; then
        step "$kernel.sass" ./vgg kernels sass "$kernel" --capability 90
    fi
done
step asm.txt ./vgg kernels asm DirectKernels.Rows6x2.avx2

if python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
    step pytorch.txt python3 ./pytorch_vgg16.py --beside results/bench.json results/dense.json
    grep -v '^{' results/pytorch.txt
    # Compiling takes half a minute for each precision and size: those that decide.
    step pytorch-compiled.txt python3 ./pytorch_vgg16.py --compile --precisions fp16,tf32 --sizes 1x224x224,64x224x224,1x768x1024 \
        --beside results/bench.json results/dense.json
    grep -v '^{' results/pytorch-compiled.txt
else
    echo "python3 has no PyTorch for this GPU, so ours is not compared with it."
fi

if ((${#failed[@]} > 0)); then
    echo "Failed: ${failed[*]}"
    exit 1
fi
