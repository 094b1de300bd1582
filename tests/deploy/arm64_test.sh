#!/usr/bin/env bash
# Cross-compiles device-agent for arm64, runs it under qemu-user, and tunes a matrix product on it. The
# command that tune prints at its end must compile a library with the tuned schedules, and the library must
# work on the board.
#   arm64_test.sh BIN    BIN is the folder of this machine's programs.
# Exit status 77: skipped, because the packages of role arm64 are not installed.
set -euo pipefail
bin=${1:?usage: arm64_test.sh BIN}
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: $tool is not installed; run deploy/install_packages arm64"; exit 77; }
done
"$root/deploy/build" arm64 >/dev/null

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
cat >"$work/gemm.mlir" <<'MLIR'
func.func @gemm(%a: tensor<64x128xf32>, %b: tensor<128x64xf32> {diapason.constant}) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<64x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x64xf32>) -> tensor<64x64xf32>
  %product = linalg.matmul ins(%a, %b : tensor<64x128xf32>, tensor<128x64xf32>)
    outs(%start : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %product : tensor<64x64xf32>
}
MLIR

: >"$work/server.log"  # the loop below may read it before the server has begun
"$bin/tuner-server" --listen 127.0.0.1:0 --db "sqlite:$work/log.db" >"$work/server.log" 2>&1 &
port=
for _ in $(seq 100); do
  port=$(sed -n 's/.* listens on .*port=\([0-9]*\).*/\1/p' "$work/server.log")
  [ -z "$port" ] || break
  sleep 0.1
done
[ -n "$port" ] || { cat "$work/server.log"; exit 1; }
qemu-aarch64 "$root/build/arm64/bin/device-agent" --tracker "127.0.0.1:$port" --name arm-1 \
  --cache-dir "$work/cache" >"$work/agent.log" 2>&1 &
for _ in $(seq 100); do
  "$bin/diapason" devices --server "127.0.0.1:$port" | grep -q 'arm-1.*emulated' && break
  sleep 0.1
done

"$bin/diapason" tune "$work/gemm.mlir" --server "127.0.0.1:$port" --target device:arm-1 --trials 2 >"$work/tune.log" 2>&1 ||
  { cat "$work/tune.log" "$work/agent.log"; exit 1; }
grep -q ' ok$' "$work/tune.log" || { cat "$work/tune.log" "$work/agent.log"; exit 1; }
# Runs the command that tune prints. It compiles a library for the board with the tuned schedules.
next=$(sed -n 's/^next: *//p' "$work/tune.log")
(cd "$work" && PATH="$bin:$PATH" sh -c "$next") >"$work/compile.log" 2>&1 ||
  { echo "$next"; cat "$work/compile.log"; exit 1; }
grep -q '"rung": "exact"' "$work/out/manifest.json" || { echo "$next"; cat "$work/out/manifest.json"; exit 1; }

# The library runs on the board. Every element of a product of ones equals the inner dimension.
cat >"$work/use.c" <<'C'
#include <stdio.h>
#include "gemm.h"
static float a[64 * 128], b[128 * 64], y[64 * 64];
static DLTensor tensor(const diapason_tensor_info* info, float* data) {
  DLTensor t = {0};
  t.data = data;
  t.device.device_type = kDLCPU;
  t.ndim = info->ndim;
  t.dtype = info->dtype;
  t.shape = (int64_t*)info->shape;
  return t;
}
int main(void) {
  const diapason_model_info* info = gemm_describe();
  for (int i = 0; i < 64 * 128; ++i) a[i] = b[i] = 1;
  DLTensor inputs[2] = {tensor(&info->inputs[0], a), tensor(&info->inputs[1], b)};
  DLTensor output = tensor(&info->outputs[0], y);
  diapason_model* model = NULL;
  if (gemm_create(2, &model) != DIAPASON_OK || gemm_run(model, inputs, 2, &output, 1) != DIAPASON_OK) {
    puts(gemm_last_error());
    return 1;
  }
  gemm_destroy(model);
  for (int i = 0; i < 64 * 64; ++i)
    if (y[i] != 128) return printf("element %d is %g\n", i, y[i]), 1;
  return 0;
}
C
aarch64-linux-gnu-gcc -idirafter /usr/include -I"$work/out" "$work/use.c" -L"$work/out" -lgemm -o "$work/use"
timeout 60 qemu-aarch64 -E LD_LIBRARY_PATH="$work/out" "$work/use"
echo "a matrix product was tuned on an emulated arm64 board, and its library computes there"
