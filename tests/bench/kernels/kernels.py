"""The kernels that the benchmark runs, with their shapes, their work and the data that they move.

This file needs the standard library only. `models.py` makes an ONNX model of each kernel, and each file of `peers/`
says how one library computes them.

Each class of kernels has these members:
  inputs()       the shapes of the activations, by name
  constants()    the shapes of the weights, by name; every peer may rearrange them before anything is timed
  output()       the shape of the result
  flops()        multiplications and additions of the direct algorithm; 0 where memory is what limits the kernel
  free_layout    True for kernels of images: each library keeps the activations in the layout that it prefers, as it
                 does within a network
"""
import dataclasses
import math

EPSILON = 1e-5  # of the norms


def _after_window(size, kernel, stride, padding, dilation=1):
    return tuple((s + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for s in size)


@dataclasses.dataclass(frozen=True)
class Conv:
    """A convolution with a bias, for one image. `size` has one to three dimensions; the kernel is as long in each."""
    channels: int
    filters: int
    size: tuple
    kernel: int
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    transposed: bool = False
    free_layout = True

    @property
    def padding(self):
        return self.dilation * (self.kernel - 1) // 2

    def inputs(self):
        return {"x": (1, self.channels, *self.size)}

    def constants(self):
        window = (self.kernel,) * len(self.size)
        if self.transposed:
            return {"w": (self.channels, self.filters // self.groups, *window), "bias": (self.filters,)}
        return {"w": (self.filters, self.channels // self.groups, *window), "bias": (self.filters,)}

    def output(self):
        if self.transposed:
            size = tuple((s - 1) * self.stride - 2 * self.padding + self.kernel for s in self.size)
        else:
            size = _after_window(self.size, self.kernel, self.stride, self.padding, self.dilation)
        return (1, self.filters, *size)

    def flops(self):
        """Without the products with zeros of the padding, which a library may skip."""
        small, large = (self.size, self.output()[2:]) if self.transposed else (self.output()[2:], self.size)
        meetings = math.prod(
            sum(0 <= i * self.stride - self.padding + tap * self.dilation < long
                for i in range(short) for tap in range(self.kernel)) for short, long in zip(small, large))
        return 2 * meetings * self.channels * self.filters // self.groups

    def has_winograd(self):
        return self.kernel == 3 and self.stride == self.dilation == self.groups == 1 and not self.transposed


@dataclasses.dataclass(frozen=True)
class Gemm:
    """y = x w, where w is constant."""
    m: int
    n: int
    k: int
    free_layout = False

    def inputs(self):
        return {"x": (self.m, self.k)}

    def constants(self):
        return {"w": (self.k, self.n)}

    def output(self):
        return (self.m, self.n)

    def flops(self):
        return 2 * self.m * self.n * self.k


@dataclasses.dataclass(frozen=True)
class BatchGemm:
    """y = a b for each element of the batch; both are activations, and either may be stored transposed."""
    batch: tuple
    m: int
    n: int
    k: int
    transposed_a: bool = False
    transposed_b: bool = False
    free_layout = False

    def inputs(self):
        a = (self.k, self.m) if self.transposed_a else (self.m, self.k)
        b = (self.n, self.k) if self.transposed_b else (self.k, self.n)
        return {"a": (*self.batch, *a), "b": (*self.batch, *b)}

    def constants(self):
        return {}

    def output(self):
        return (*self.batch, self.m, self.n)

    def flops(self):
        return 2 * math.prod(self.batch) * self.m * self.n * self.k


@dataclasses.dataclass(frozen=True)
class Attention:
    """softmax(q transposed(k) / sqrt(width)) v for each head."""
    heads: int
    length: int
    width: int
    free_layout = False

    def inputs(self):
        return {name: (self.heads, self.length, self.width) for name in "qkv"}

    def constants(self):
        return {}

    def output(self):
        return (self.heads, self.length, self.width)

    def flops(self):
        return 4 * self.heads * self.length ** 2 * self.width


class _OneInput:
    free_layout = False

    def inputs(self):
        return {"x": self.shape}

    def constants(self):
        return {}

    def output(self):
        return self.shape

    def flops(self):
        return 0


@dataclasses.dataclass(frozen=True)
class Softmax(_OneInput):
    shape: tuple
    axis: int


@dataclasses.dataclass(frozen=True)
class LayerNorm(_OneInput):
    """Over the last dimension, with a scale and a shift."""
    shape: tuple

    def constants(self):
        return {"scale": self.shape[-1:], "shift": self.shape[-1:]}


@dataclasses.dataclass(frozen=True)
class RmsNorm(_OneInput):
    """Over the last dimension, with a scale."""
    shape: tuple

    def constants(self):
        return {"scale": self.shape[-1:]}


@dataclasses.dataclass(frozen=True)
class Gelu(_OneInput):
    """The exact form, with the error function."""
    shape: tuple


@dataclasses.dataclass(frozen=True)
class Transpose(_OneInput):
    shape: tuple
    order: tuple

    def output(self):
        return tuple(self.shape[d] for d in self.order)


@dataclasses.dataclass(frozen=True)
class Pool:
    """The largest value of each window, or the mean."""
    channels: int
    size: tuple
    kernel: int
    stride: int
    padding: int = 0
    mean: bool = False
    free_layout = True

    def inputs(self):
        return {"x": (1, self.channels, *self.size)}

    def constants(self):
        return {}

    def output(self):
        return (1, self.channels, *_after_window(self.size, self.kernel, self.stride, self.padding))

    def flops(self):
        return 0


@dataclasses.dataclass(frozen=True)
class Reduce(_OneInput):
    """The sum over one axis, which keeps the size 1."""
    shape: tuple
    axis: int

    def output(self):
        return tuple(1 if d == self.axis else size for d, size in enumerate(self.shape))


@dataclasses.dataclass(frozen=True)
class Elementwise(_OneInput):
    """y = relu(x * scale + shift + z). `side` is the shape of scale and shift, which are broadcast."""
    shape: tuple
    side: tuple

    def inputs(self):
        return {"x": self.shape, "z": self.shape}

    def constants(self):
        return {"scale": self.side, "shift": self.side}


@dataclasses.dataclass(frozen=True)
class Concat:
    """Joins two tensors of the same shape."""
    shape: tuple
    axis: int
    free_layout = False

    def inputs(self):
        return {"x": self.shape, "z": self.shape}

    def constants(self):
        return {}

    def output(self):
        return tuple(size * 2 if d == self.axis else size for d, size in enumerate(self.shape))

    def flops(self):
        return 0


def moved_bytes(operator):
    """Bytes that a call reads and writes if it touches every element once."""
    shapes = [*operator.inputs().values(), *operator.constants().values(), operator.output()]
    return 4 * sum(math.prod(shape) for shape in shapes)


@dataclasses.dataclass(frozen=True)
class Kernel:
    name: str
    kind: str  # the group of the geometric means
    operator: object


def _square(channels, filters, size, kernel, stride=1, **more):
    return Conv(channels, filters, (size, size), kernel, stride, **more)


def _depthwise(channels, size, kernel, stride=1):
    return _square(channels, channels, size, kernel, stride, groups=channels)


_LISTS = {
    "conv": {  # ResNet-18
        "resnet_7x7_s2_3c": _square(3, 64, 224, 7, 2),
        "resnet_3x3_56": _square(64, 64, 56, 3),
        "resnet_3x3_28": _square(128, 128, 28, 3),
        "resnet_3x3_14": _square(256, 256, 14, 3),
        "resnet_3x3_7": _square(512, 512, 7, 3),
        "resnet_3x3_s2_56": _square(64, 128, 56, 3, 2),
        "resnet_3x3_s2_28": _square(128, 256, 28, 3, 2),
        "resnet_3x3_s2_14": _square(256, 512, 14, 3, 2),
    },
    "pointwise": {  # ResNet, MobileNetV2, EfficientNet
        "resnet_1x1_s2_56": _square(64, 128, 56, 1, 2),
        "resnet_1x1_56_up": _square(64, 256, 56, 1),
        "resnet_1x1_56_down": _square(256, 64, 56, 1),
        "resnet_1x1_28_down": _square(512, 128, 28, 1),
        "resnet_1x1_14_up": _square(256, 1024, 14, 1),
        "resnet_1x1_7_down": _square(2048, 512, 7, 1),
        "mobile_1x1_112": _square(32, 16, 112, 1),
        "mobile_1x1_56": _square(24, 144, 56, 1),
        "mobile_1x1_14": _square(64, 384, 14, 1),
        "mobile_1x1_7": _square(960, 320, 7, 1),
        "efficient_1x1_14": _square(480, 112, 14, 1),
    },
    "depthwise": {
        "mobile_dw3_112": _depthwise(32, 112, 3),
        "mobile_dw3_s2_112": _depthwise(96, 112, 3, 2),
        "mobile_dw3_56": _depthwise(144, 56, 3),
        "mobile_dw3_28": _depthwise(192, 28, 3),
        "mobile_dw3_14": _depthwise(384, 14, 3),
        "mobile_dw3_7": _depthwise(960, 7, 3),
        "efficient_dw5_s2_56": _depthwise(144, 56, 5, 2),
        "efficient_dw5_14": _depthwise(480, 14, 5),
    },
    "other_conv": {
        "grouped_3x3_56": _square(128, 128, 56, 3, groups=32),
        "dilated_3x3_28": _square(256, 256, 28, 3, dilation=2),
        "conv1d_3": Conv(256, 256, (1000,), 3),
        "conv3d_3": Conv(32, 64, (8, 28, 28), 3),
        "transposed_4x4_s2": _square(64, 32, 28, 4, 2, transposed=True),
    },
    "gemm": {
        "gemm_512": Gemm(512, 512, 512),
        "gemm_1024": Gemm(1024, 1024, 1024),
        "bert_768_768": Gemm(128, 768, 768),
        "bert_768_3072": Gemm(128, 3072, 768),
        "bert_3072_768": Gemm(128, 768, 3072),
        "gemm_n_1": Gemm(1024, 1, 1024),
        "gemm_m_1": Gemm(1, 1000, 2048),
        "gemm_n_30522": Gemm(32, 30522, 128),
        "gemm_n_prime": Gemm(128, 1021, 768),
    },
    "batch_gemm": {
        "bgemm_12": BatchGemm((12,), 128, 64, 128),
        "bgemm_12_right": BatchGemm((12,), 128, 128, 64, transposed_b=True),
        "bgemm_8_left": BatchGemm((8,), 256, 128, 128, transposed_a=True),
        "bgemm_2x8": BatchGemm((2, 8), 128, 64, 128),
    },
    "attention": {
        "attention_12x128x64": Attention(12, 128, 64),
        "attention_8x1024x64": Attention(8, 1024, 64),
    },
    "rows": {
        "softmax_1536x128": Softmax((1536, 128), 1),
        "softmax_64x1000": Softmax((64, 1000), 1),
        "softmax_axis1": Softmax((8, 64, 196), 1),
        "layernorm_128x768": LayerNorm((128, 768)),
        "rmsnorm_128x2048": RmsNorm((128, 2048)),
        "gelu_128x3072": Gelu((128, 3072)),
    },
    "memory": {
        "transpose_768x768": Transpose((768, 768), (1, 0)),
        "transpose_to_heads": Transpose((128, 12, 64), (1, 0, 2)),
        "transpose_to_last": Transpose((64, 56, 56), (1, 2, 0)),
        "maxpool_3_s2_112": Pool(64, (112, 112), 3, 2, 1),
        "meanpool_2_s2_56": Pool(128, (56, 56), 2, 2, mean=True),
        "meanpool_7": Pool(2048, (7, 7), 7, 1, mean=True),
        "reduce_axis0": Reduce((128, 64, 196), 0),
        "reduce_axis1": Reduce((128, 64, 196), 1),
        "reduce_axis2": Reduce((128, 64, 196), 2),
        "eltwise_by_channel": Elementwise((64, 56, 56), (64, 1, 1)),
        "eltwise_by_column": Elementwise((128, 3072), (3072,)),
        "eltwise_by_row": Elementwise((128, 3072), (128, 1)),
        "concat_axis0": Concat((128, 28, 28), 0),
        "concat_last": Concat((3136, 64), 1),
    },
}

KERNELS = [Kernel(name, kind, operator) for kind, members in _LISTS.items() for name, operator in members.items()]
