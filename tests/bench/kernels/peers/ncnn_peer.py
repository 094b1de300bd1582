"""ncnn: a network of the layers that compute the kernel, which is written here without a converter.

For kernels of free layout, the activations are packed as ncnn packs them within a network. For others, the input is
not packed, and the output is unpacked.
"""
import functools
import math
import os
import time

import ncnn
import numpy as np

import kernels
import machine
from peers.unsupported import Unsupported

OVERHEAD_CALLS = 20


class _Network:
    """The text and the weights of a network, while it is written."""

    def __init__(self, inputs):
        self._layers, self._weights, self._blobs = [], [], 0
        for name in inputs:
            self.layer("Input", [], name)

    def layer(self, kind, inputs, output, parameters="", weights=()):
        self._layers.append(f"{kind} {output}_layer {len(inputs)} 1 {' '.join([*inputs, output])} {parameters}")
        self._weights += weights
        self._blobs += 1

    def text(self):
        return "\n".join(["7767517", f"{len(self._layers)} {self._blobs}", *self._layers]) + "\n"

    def weights(self):
        return b"".join(w if isinstance(w, bytes) else np.ascontiguousarray(w, np.float32).tobytes()
                        for w in self._weights)


FLOAT32 = b"\0\0\0\0"  # in front of weights that could be stored in several types


@functools.singledispatch
def _describe(operator, net, _):
    raise Unsupported("ncnn has no layer for it")


@_describe.register
def _(o: kernels.Conv, net, constants):
    weights, rank = constants["w"], len(o.size)
    if rank > 1 and o.groups > 1 and (rank > 2 or o.transposed) or rank == 1 and o.groups > 1:
        raise Unsupported("ncnn has no such convolution with groups")
    if o.transposed:
        if rank != 2:
            raise Unsupported("the benchmark has transposed convolutions of ncnn for images only")
        kind, weights = "Deconvolution", weights.transpose(1, 0, 2, 3)
    elif o.groups > 1:
        kind = "ConvolutionDepthWise"
    else:
        kind = {1: "Convolution1D", 2: "Convolution", 3: "Convolution3D"}[rank]
    net.layer(kind, ["x"], "y", f"0={o.filters} 1={o.kernel} 2={o.dilation} 3={o.stride} 4={o.padding} 5=1 "
              f"6={weights.size}" + (f" 7={o.groups}" if o.groups > 1 else ""), [FLOAT32, weights, constants["bias"]])


@_describe.register
def _(o: kernels.Gemm, net, constants):
    if o.m == 1:
        net.layer("InnerProduct", ["x"], "y", f"0={o.n} 1=0 2={o.n * o.k}", [FLOAT32, constants["w"].T])
    else:
        net.layer("Gemm", ["x"], "y", f"5=1 6=1 8={o.n} 9={o.k} 10=-1", [FLOAT32, constants["w"]])


@_describe.register
def _(o: kernels.BatchGemm, net, _):
    if o.transposed_a:
        raise Unsupported("ncnn's MatMul takes no transposed left side")
    net.layer("MatMul", ["a", "b"], "y", f"0={int(o.transposed_b)}")


@_describe.register
def _(o: kernels.Attention, net, _):
    net.layer("SDPA", ["q", "k", "v"], "y", f"6={1 / math.sqrt(o.width)}")


@_describe.register
def _(o: kernels.Softmax, net, _):
    net.layer("Softmax", ["x"], "y", f"0={o.axis} 1=1")


@_describe.register
def _(o: kernels.LayerNorm, net, constants):
    net.layer("LayerNorm", ["x"], "y", f"0={o.shape[-1]} 1={kernels.EPSILON} 2=1",
              [constants["scale"], constants["shift"]])


@_describe.register
def _(o: kernels.RmsNorm, net, constants):
    net.layer("RMSNorm", ["x"], "y", f"0={o.shape[-1]} 1={kernels.EPSILON} 2=1", [constants["scale"]])


@_describe.register
def _(o: kernels.Gelu, net, _):
    net.layer("GELU", ["x"], "y", "0=0")


@_describe.register
def _(o: kernels.Transpose, net, _):
    names = "chw"[-len(o.shape):]
    orders = ["whc", "hwc", "wch", "cwh", "hcw", "chw"] if len(names) == 3 else ["wh", "hw"]
    net.layer("Permute", ["x"], "y", f"0={orders.index(''.join(names[d] for d in reversed(o.order)))}")


@_describe.register
def _(o: kernels.Pool, net, _):
    everything = (o.kernel,) * len(o.size) == o.size
    net.layer("Pooling", ["x"], "y", f"0={int(o.mean)} " + (
        "4=1" if everything else f"1={o.kernel} 2={o.stride} 3={o.padding} 5=1"))


@_describe.register
def _(o: kernels.Reduce, net, _):
    net.layer("Reduction", ["x"], "y", f"0=0 1=0 2=1.0 -23303=1,{o.axis} 4=1 5=1")


@_describe.register
def _(o: kernels.Elementwise, net, constants):
    side = (1,) * (len(o.shape) - len(o.side)) + o.side
    sizes = " ".join(f"{i}={size}" for i, size in enumerate(reversed(side)))
    for name in ("scale", "shift"):
        net.layer("MemoryData", [], name, sizes, [constants[name]])
    net.layer("BinaryOp", ["x", "scale"], "scaled", "0=2")
    net.layer("BinaryOp", ["scaled", "shift"], "sum", "0=0")
    net.layer("BinaryOp", ["sum", "z"], "total", "0=0")
    net.layer("ReLU", ["total"], "y")


@_describe.register
def _(o: kernels.Concat, net, _):
    net.layer("Concat", ["x", "z"], "y", f"0={o.axis}")


def _pack(mat, options):
    """Packs as many elements of the outermost dimension together as ncnn would."""
    widest = 16 if os.environ["DIAPASON_BENCH_ISA"] == "native" and machine.has_avx512() else 8
    outermost = {1: mat.w, 2: mat.h}.get(mat.dims, mat.c)
    for count in (16, 8, 4):
        if count <= widest and outermost % count == 0:
            return ncnn.convert_packing(mat, count, options)
    return mat


class _Loaded:
    variant = ""

    def __init__(self, net, inputs, work, threads, free_layout):
        self._net = ncnn.Net()
        self._net.opt.num_threads = threads
        self._net.opt.use_vulkan_compute = False
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage",
                     "use_bf16_packed"):
            setattr(self._net.opt, name, False)
        weights = work / "ncnn.bin"
        weights.write_bytes(net.weights())
        if self._net.load_param_mem(net.text()) or self._net.load_model(str(weights)):
            raise RuntimeError("ncnn does not load its network")
        mats = {name: ncnn.Mat(np.ascontiguousarray(a)).clone() for name, a in inputs.items()}
        self._mats = [(name, _pack(m, self._net.opt) if free_layout else m) for name, m in mats.items()]
        self._keep_packed = 1 if free_layout else 0

    def _run(self, keep_packed):
        extractor = self._net.create_extractor()
        for name, mat in self._mats:
            extractor.input(name, mat)
        status, result = extractor.extract("y", keep_packed)
        if status:
            raise RuntimeError("ncnn does not compute its network")
        return result

    def sample(self):
        begin = time.perf_counter()
        self._run(self._keep_packed)
        return time.perf_counter() - begin

    def overhead(self):
        return 0.0

    def outputs(self):
        return [np.array(self._run(0))]


class Peer:
    def __init__(self, threads, _):
        self._threads, self._empty = threads, None

    def load(self, case, operator):
        if operator is None:
            raise Unsupported("the benchmark writes single kernels for ncnn, no whole models")
        net = _Network(case.inputs)
        _describe(operator, net, case.constants)
        # ncnn has no dimension for the batch.
        has_batch = isinstance(operator, (kernels.Conv, kernels.Pool))
        is_vector = isinstance(operator, kernels.Gemm) and operator.m == 1
        inputs = {name: a[0] if has_batch or is_vector else a for name, a in case.inputs.items()}
        loaded = _Loaded(net, inputs, case.path, self._threads, case.free_layout)
        if self._empty is None:
            nothing = _Network(["x"])
            nothing.layer("ReLU", ["x"], "y")
            self._empty = _Loaded(nothing, {"x": np.zeros(1, np.float32)}, case.path, 1, False)
        loaded.overhead = lambda: min(self._empty.sample() for _ in range(OVERHEAD_CALLS))
        return loaded
