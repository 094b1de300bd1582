# Tests our transform operations with the stock mlir-opt and our plug-in.
import os

import lit.formats

config.name = "diapason-transform"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(lit_config.params["build_dir"], "tests", "lit")

llvm_bin = lit_config.params["llvm_bin"]
plugin = os.path.join(lit_config.params["build_dir"], "lib", "DiapasonTransform.so")
config.environment["PATH"] = os.pathsep.join([llvm_bin, os.environ["PATH"]])
config.substitutions.append(
    ("%opt", f"mlir-opt --load-dialect-plugin={plugin} --load-pass-plugin={plugin} --transform-interpreter")
)
