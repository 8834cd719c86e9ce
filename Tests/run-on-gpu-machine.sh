#!/usr/bin/env bash
# Runs the packed tests (see gpu-machine.sh) on the GPU, or those of another filter, and prints failures and the summary; then, where
# the tests passed, times a full-size VGG-16 with random weights, layer by layer and as a whole. A missing GPU is a failure.
# Arguments, all optional: filter of the tests, device for the timing, batches.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export REQUIRE_CUDA=1
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
./Gpu.Tests --filter "${1:-Category=cuda}" --no-progress >output.txt 2>&1
status=$?
grep -A 20 '^failed ' output.txt
grep -A 5 '^Test run summary' output.txt | tail -6
((status == 0)) || exit "$status"

device=${2:-cuda:0}
weights=$(mktemp -d)/vgg_16.ckpt
trap 'rm -rf "$(dirname "$weights")"' EXIT
./weights-tools synthesize "$weights" || exit 1
# The first picture compiles the kernels; the last one's layers are shown.
echo "classification at 224x224 on $device"
./vgg classify samples/laptop.jpg samples/laptop.jpg samples/laptop.jpg --batch 1 --weights "$weights" --device "$device" --verbose 2>&1 | tail -30
echo "labelling at 1024x768 on $device"
./vgg label samples/scene_mosaic.png --weights "$weights" --device "$device" --verbose --format json 2>&1 >map.json | tail -22
for batch in ${3:-1 8 64 256}; do
    ./vgg bench --weights "$weights" --device "$device" --batch "$batch" || exit 1
done
for size in 768x1024 1200x1600; do
    ./vgg bench --weights "$weights" --device "$device" --size "$size" || exit 1
done
