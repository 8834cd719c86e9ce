"""Makes the HDF5 files of this folder with h5py (3.7.0, HDF5 1.10.8) and prints their entries of ../manifest.json."""
import hashlib
import json
import os

import h5py
import numpy

random = numpy.random.default_rng(1)
LAYERS = {"block1_conv1": (3, 3, 3, 8), "block1_pool": None, "fc1": (72, 10), "predictions": (10, 4)}


def keras(path, root="", names="{0}_W_1:0 {0}_b_1:0", **options):
    """A file as Keras's save_weights writes it, in groups with attributes."""
    with h5py.File(path, "w", **options) as file:
        top = file.create_group(root) if root else file
        top.attrs["layer_names"] = [name.encode() for name in LAYERS]
        top.attrs["backend"] = b"tensorflow"
        for name, shape in LAYERS.items():
            group = top.create_group(name)
            weights = names.format(name).split() if shape else []
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, size in zip(weights, [shape, shape and shape[-1:]]):
                group.create_dataset(weight, data=random.standard_normal(size).astype("float32"))


def types(path):
    """Every type that is read, scalars, an empty shape, and a name that is not ASCII."""
    with h5py.File(path, "w") as file:
        for name in ["float16", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]:
            file[name] = numpy.arange(6).reshape(2, 3).astype(name)
        file["bool"] = numpy.array([True, False, True])
        file["scalar"] = numpy.int64(7)
        file["no_rows"] = numpy.zeros((0, 3), "float32")
        file["größe/値"] = numpy.float32([1.5])


def many(path):
    """A group whose B-tree has two levels."""
    with h5py.File(path, "w") as file:
        for i in range(300):
            file[f"group/tensor_{i:04}"] = numpy.int32(i)


def odd(path):
    """What is listed but not read, and what is left out."""
    with h5py.File(path, "w") as file:
        file["plain"] = numpy.arange(3, dtype="float32")
        file["big_endian"] = numpy.arange(3, dtype=">f4")
        file.create_dataset("chunked", data=numpy.arange(64, dtype="float32"), chunks=(16,), compression="gzip")
        file.create_dataset("unwritten", (5,), "float32")
        file["string"] = "hello"
        file["complex"] = numpy.zeros(3, "complex64")
        file["nothing"] = h5py.Empty("float32")
        file["links/symbolic"] = h5py.SoftLink("/plain")
        file["links/dangling"] = h5py.SoftLink("/absent")
        file["links/external"] = h5py.ExternalLink("other.h5", "/plain")
        file["links/up"] = file["/"]


def shared(path):
    """Names of the same dataset, longer together than the file."""
    with h5py.File(path, "w") as file:
        file["first"] = numpy.ones(2000, "uint8")
        for i in range(4):
            file[f"same_{i}"] = file["first"]


def entry(path):
    tensors = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            data = item[()]
            tensors.append({"name": name, "dtype": str(data.dtype), "shape": list(data.shape), "sha256": hashlib.sha256(data.tobytes()).hexdigest()})

    with h5py.File(path) as file:
        file.visititems(visit)
    return {
        "id": f"hdf5/{path[:-3]}", "kind": "synthetic", "origin": {"generator": "hdf5/make.py"}, "file": f"hdf5/{path}",
        "bytes": os.path.getsize(path), "file_sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(), "format": "HDF5", "tensors": tensors,
    }


os.chdir(os.path.dirname(os.path.abspath(__file__)))
keras("keras-2016.h5")
keras("keras-2.h5", names="{0}/kernel:0 {0}/bias:0")
keras("keras-2-model.h5", root="model_weights", names="{0}/kernel:0 {0}/bias:0")
keras("latest-format.h5", libver="latest")
types("types.h5")
many("many.h5")
odd("odd.h5")
shared("shared.h5")
print(json.dumps([entry(path) for path in sorted(os.listdir(".")) if path.endswith(".h5") and path not in ("odd.h5", "shared.h5")], indent=1, ensure_ascii=False))
