"""Runs ONNX models with Diapason, through the interface of ONNX Runtime. Change one import:

    import diapason as onnxruntime            # instead of: import onnxruntime
    session = onnxruntime.InferenceSession("model.onnx")
    outputs = session.run(None, {"input": image})

A model is compiled on first use and kept in a cache. What Diapason does not support is run by onnxruntime, if it is
installed. Environment variables:

    DIAPASON_PROGRAM   the program `diapason`; without it, the one on PATH
    DIAPASON_DB        the tuning log whose schedules are used, such as sqlite:tuning.db; without it, the default ones
    DIAPASON_CACHE     the folder of compiled models; without it, diapason in the user's cache folder
"""
from .compiled_model import Model, TensorInfo
from .compiler import CompileError, InstallationError, clear_cache
from .session import (ExecutionMode, GraphOptimizationLevel, InferenceSession, IOBinding, ModelMetadata, NodeArg,
                      OrtValue, RunOptions, SessionOptions, get_available_providers, get_device)

__version__ = "@release@"
__all__ = ["CompileError", "ExecutionMode", "GraphOptimizationLevel", "IOBinding", "InferenceSession",
           "InstallationError", "Model", "ModelMetadata", "NodeArg", "OrtValue", "RunOptions", "SessionOptions",
           "TensorInfo", "clear_cache", "get_available_providers", "get_device"]


def __getattr__(name):
    """Everything else of ONNX Runtime's interface comes from an installed onnxruntime."""
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        import onnxruntime  # pylint: disable=import-outside-toplevel
        return getattr(onnxruntime, name)
    except (ImportError, AttributeError):
        raise AttributeError(f"neither diapason nor an installed onnxruntime has the attribute '{name}'") from None
