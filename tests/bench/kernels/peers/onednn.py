"""oneDNN: describes a kernel for the driver in `onednn/`, as words of the form NAME=VALUE."""
import functools

import kernels


def describe(operator):
    """The description, or None for kernels that oneDNN 3.2 has no primitive for."""
    words = _describe(operator)
    if words is None:
        return None
    shapes = {**operator.inputs(), **operator.constants(), "y": operator.output(), **words}
    return " ".join(f"{name}={_text(value)}" for name, value in shapes.items())


def _text(value):
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(int(value) if isinstance(value, bool) else value)


@functools.singledispatch
def _describe(_):
    return None


@_describe.register
def _(o: kernels.Conv):
    if o.transposed and o.groups > 1:
        return None
    return {"op": "transposed_conv" if o.transposed else "conv", "stride": o.stride, "dilation": o.dilation,
            "padding": o.padding, "groups": o.groups}


@_describe.register
def _(o: kernels.Gemm):
    return {"op": "gemm"}


@_describe.register
def _(o: kernels.BatchGemm):
    return {"op": "batch_gemm", "a": (*o.batch, o.m, o.k), "b": (*o.batch, o.k, o.n),
            "transposed_a": o.transposed_a, "transposed_b": o.transposed_b}


@_describe.register
def _(o: kernels.Attention):
    return {"op": "attention"}


@_describe.register
def _(o: kernels.Softmax):
    return {"op": "softmax", "axis": o.axis}


@_describe.register
def _(o: kernels.LayerNorm):
    return {"op": "layer_norm", "epsilon": kernels.EPSILON}


@_describe.register
def _(o: kernels.Gelu):
    return {"op": "gelu"}


@_describe.register
def _(o: kernels.Transpose):
    return {"op": "transpose", "order": o.order}


@_describe.register
def _(o: kernels.Pool):
    return {"op": "pool", "kernel": o.kernel, "stride": o.stride, "padding": o.padding, "mean": o.mean}


@_describe.register
def _(o: kernels.Reduce):
    return {"op": "reduce"}


@_describe.register
def _(o: kernels.Elementwise):
    return {"op": "elementwise", "side": (1,) * (len(o.shape) - len(o.side)) + o.side}


@_describe.register
def _(o: kernels.Concat):
    return {"op": "concat", "axis": o.axis}
