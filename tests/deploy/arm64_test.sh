#!/usr/bin/env bash
# Cross-builds device-agent for arm64, runs it under qemu-user, and tunes a matrix product on it: its records must be
# marked as emulated.
#   arm64_test.sh BIN    BIN: folder of this machine's programs
# Exit status 77: the packages of role arm64 are not installed.
set -euo pipefail
bin=${1:?usage: arm64_test.sh BIN}
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: no $tool; deploy/install_packages arm64"; exit 77; }
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
echo "a matrix product was tuned on an emulated arm64 board"
