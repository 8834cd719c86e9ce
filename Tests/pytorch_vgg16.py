"""Times VGG-16 with random weights in PyTorch, as vgg bench does ours ("network"): from an input on the device to logits there, waited for.

Prints one JSON record a line: precision, variant, batch, height, width, runs, median_ms, min_ms, images_per_second. With the records of
`vgg bench --format json` a table of both follows, against the fastest variant of PyTorch for each workload.
Usage: pytorch_vgg16.py [--precisions fp32,tf32,fp16,bf16] [--sizes 1x224x224,8x224x224,...] [--compile] [--runs N] [--beside FILE ...]
"""

import argparse
import json
import statistics
import time

import torch
import torch._inductor.config

CHANNELS = [64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512, "pool"]
CLASSES = 1000
HIDDEN = 4096
CONVOLUTION, FULLY_CONNECTED = 3, 7
PREPARATION_RUNS = 3

# Our precisions, and PyTorch's of the same accuracy.
PRECISIONS = {"float32": "fp32", "3xtf32": "fp32", "tf32": "tf32", "fp16": "fp16", "bf16": "bf16"}


class Vgg16(torch.nn.Module):
    """The fully connected layers are convolutions, as TF-Slim has them, or matrix products, as torchvision has them, for a single position."""

    def __init__(self, is_dense):
        super().__init__()
        layers, inputs = [], 3
        for outputs in CHANNELS:
            if outputs == "pool":
                layers.append(torch.nn.MaxPool2d(2))
                continue
            layers += [torch.nn.Conv2d(inputs, outputs, CONVOLUTION, padding=1), torch.nn.ReLU(inplace=True)]
            inputs = outputs
        if is_dense:
            layers += [torch.nn.Conv2d(inputs, HIDDEN, FULLY_CONNECTED), torch.nn.ReLU(inplace=True)]
            layers += [torch.nn.Conv2d(HIDDEN, HIDDEN, 1), torch.nn.ReLU(inplace=True), torch.nn.Conv2d(HIDDEN, CLASSES, 1)]
        else:
            layers += [torch.nn.Flatten(), torch.nn.Linear(inputs * FULLY_CONNECTED**2, HIDDEN), torch.nn.ReLU(inplace=True)]
            layers += [torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(inplace=True), torch.nn.Linear(HIDDEN, CLASSES)]
        self.layers = torch.nn.Sequential(*layers)

    def forward(self, values):
        return self.layers(values)


def measure(run, runs):
    for _ in range(PREPARATION_RUNS):
        run()
    torch.cuda.synchronize()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return times


def as_graph(network, values):
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(PREPARATION_RUNS):
            network(values)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        network(values)
    return graph.replay


def variants(is_dense, dtype, size, compiles):
    """Names and runs; each is released before the next is made. Compiled networks take half a minute each, so only the faster layout is."""
    layouts = (torch.contiguous_format, torch.channels_last)
    if compiles:
        layouts = (torch.contiguous_format if dtype == torch.float32 and not torch.backends.cudnn.allow_tf32 else torch.channels_last,)
    for layout in layouts:
        network = Vgg16(is_dense).cuda().to(dtype).to(memory_format=layout).eval()
        values = torch.empty(size, device="cuda").uniform_(-120, 120).to(dtype).to(memory_format=layout)
        name = "NHWC" if layout == torch.channels_last else "NCHW"
        if compiles:
            torch.compiler.reset()
            compiled = torch.compile(network, mode="max-autotune-no-cudagraphs")
            yield f"{name}, compiled, graph", as_graph(compiled, values)
            continue
        yield f"{name}, eager", lambda: network(values)
        yield f"{name}, graph", as_graph(network, values)


def print_comparison(paths, records):
    """Prints a Markdown table of our records beside the fastest of PyTorch's for the same workload."""
    ours = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            ours += json.load(file)
    print("| precision | batch | size | ours, ms | images/s | PyTorch, ms | its fastest variant | times faster |")
    print("|---|---|---|---|---|---|---|---|")
    for record in ours:
        same = [
            r for r in records
            if (r["batch"], r["height"], r["width"], r["precision"]) == (record["batch"], record["height"], record["width"], PRECISIONS[record["precision"]])
        ]
        if same:
            best, time = min(same, key=lambda r: r["median_ms"]), record["network_ms"]
            print(
                f"| {record['precision']} | {record['batch']} | {record['height']}x{record['width']} | {time:.3f} | {1000 * record['batch'] / time:.0f} "
                f"| {best['median_ms']:.3f} | {best['precision']}, {best['variant']} | {best['median_ms'] / time:.2f} |")
    print(f"\n{torch.cuda.get_device_name()}; {version()}")


def version():
    return f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--precisions", default="fp32,tf32,fp16,bf16")
    parser.add_argument("--sizes", default="1x224x224,8x224x224,64x224x224,256x224x224,1x768x1024,1x1200x1600")
    parser.add_argument("--compile", action="store_true", help="times networks that are compiled, instead of the others")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--beside", metavar="FILE", nargs="+", help="records of 'vgg bench --format json'")
    arguments = parser.parse_args()
    records = []
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True

    # Triton's convolutions take 7 s a layer to try, and lost to cuDNN's by 1.4 times and more on every layer that was tried on an H200.
    torch._inductor.config.max_autotune_conv_backends = "ATEN"
    for precision in arguments.precisions.split(","):
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
        for size in arguments.sizes.split(","):
            batch, height, width = map(int, size.split("x"))
            with torch.inference_mode():
                for variant, run in variants(height > 224, dtype, (batch, 3, height, width), arguments.compile):
                    times = measure(run, arguments.runs)
                    median = statistics.median(times)
                    record = {
                        "precision": precision, "variant": variant, "batch": batch, "height": height, "width": width, "runs": len(times),
                        "median_ms": round(median, 4), "min_ms": round(min(times), 4), "images_per_second": round(1000 * batch / median, 1),
                        "version": version(),
                    }
                    records.append(record)
                    print(json.dumps(record), flush=True)
                    del run
            torch.cuda.empty_cache()
    if arguments.beside:
        print_comparison(arguments.beside, records)


if __name__ == "__main__":
    main()
