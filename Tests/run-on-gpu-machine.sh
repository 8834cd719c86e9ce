#!/usr/bin/env bash
# Runs the packed tests (see gpu-machine.sh) on the GPU, or those of another filter, and prints failures and the summary; then, where
# the tests passed, measures: the device's roofs, every algorithm on every layer of VGG-16, the ladder of docs/first-kernel.md, the layers
# of whole runs, the network in all precisions, and beside it PyTorch where python3 has it. Everything is kept in the folder results. A
# missing GPU is a failure.
# Arguments, all optional: filter of the tests, device for the measurements, batches, precisions.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export REQUIRE_CUDA=1
device=${2:-cuda:0} batches=${3:-1,8,64,256} precisions=${4:-float32,3xtf32,tf32,fp16,bf16}
mkdir -p results
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
./Gpu.Tests --filter "${1:-Category=cuda}" --no-progress >results/tests.txt 2>&1
status=$?
grep -A 20 '^failed ' results/tests.txt
grep -A 5 '^Test run summary' results/tests.txt | tail -6
((status == 0)) || exit "$status"

./vgg roofs --device "$device" || exit 1
./vgg roofs --device "$device" --format json >results/roofs.json || exit 1
./vgg kernels bench --device "$device" --runs 5 --format markdown >results/kernels.md || exit 1
./vgg kernels bench --device "$device" --kernels KernelLadder.dll --layer conv3_2 --runs 5 --format markdown >results/ladder.md || exit 1
for precision in ${precisions//,/ }; do
    ./vgg profile --device "$device" --precision "$precision" --batch 64 --format json --plot "results/roofline-$precision.svg" >"results/profile-$precision.json" || exit 1
done
./vgg bench --device "$device" --precision "$precisions" --batch "$batches" --check 1 --format json >results/bench.json || exit 1
./vgg bench --device "$device" --precision "$precisions" --size 768x1024,1200x1600 --check 0 --format json >results/dense.json || exit 1
python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null || { echo "python3 has no PyTorch for this GPU, so ours is not compared with it."; exit 0; }
python3 ./pytorch_vgg16.py --beside results/bench.json results/dense.json >results/pytorch.txt || exit 1
grep -v '^{' results/pytorch.txt
