# Applies, lowers and runs what `diapason explain` prints, with stock tools and by the commands that it prints.
import os

import lit.formats

config.name = "diapason-explain"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
build_dir = lit_config.params["build_dir"]
config.test_exec_root = os.path.join(build_dir, "tests", "lit", "explain")

llvm_bin = lit_config.params["llvm_bin"]
config.environment["PATH"] = os.pathsep.join([os.path.join(build_dir, "bin"), llvm_bin, os.environ["PATH"]])
config.substitutions.append(("%cc", os.path.join(llvm_bin, "clang")))
