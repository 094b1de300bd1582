#include "tests/compiler/space/rows_sketch.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "proto/base/content_hash.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::space {

v1::Target TestTarget() {
  v1::Target target;
  target.set_vector_bits(256);
  target.set_vector_registers(16);
  target.set_cores(4);
  for (auto [level, bytes] : {std::pair{1, 32 << 10}, {2, 1 << 20}, {3, 8 << 20}}) {
    v1::Cache& cache = *target.add_caches();
    cache.set_level(level);
    cache.set_size_bytes(bytes);
  }
  return target;
}

v1::Sketch MakeSketch(const std::string& name, const std::string& text) {
  v1::Sketch sketch;
  sketch.set_name(name);
  sketch.set_text(text);
  sketch.set_hash(ContentHash(text));
  return sketch;
}

v1::Sketch RowsSketch(const std::string& body, const std::string& attributes, const std::string& sequences) {
  return MakeSketch(
      "rows", absl::StrReplaceAll(R"mlir(
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence ATTRIBUTES} {
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p) {
    %d:2 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %two = transform.param.constant 2 : i64 -> !p
      transform.match.param.cmpi eq %rank, %two : !p
      %m = transform.match.structured.dim %c[0] : (!op) -> !p
      %n = transform.match.structured.dim %c[1] : (!op) -> !p
      transform.match.structured.yield %m, %n : !p, !p
    }
    transform.yield %op, %d#0, %d#1 : !op, !p, !p
  }
SEQUENCES
  transform.named_sequence @__transform_main(%module: !op {transform.consumed}) {
    %root, %M, %N = transform.collect_matching @fits in %module : (!op) -> (!op, !p, !p)
BODY
    transform.yield
  }
}
)mlir",
                                  {{"BODY", body}, {"ATTRIBUTES", attributes}, {"SEQUENCES", sequences}}));
}

const char kTileByT[] = R"mlir(
    // rows a tile
    %t = transform.tune.knob<"t"> options = {lower_bound = 1, upper_bound = 16} -> !p  // at most 16
    %rest, %half = transform.smt.constrain_params(%t, %M) : (!p, !p) -> (!p, !p) {
    ^bb0(%x: !smt.int, %m: !smt.int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %r = smt.int.mod %m, %x
      %even = smt.eq %r, %c0 : !smt.int
      smt.assert %even
      %h = smt.int.div %m, %c2
      smt.yield %r, %h : !smt.int, !smt.int
    }
    %tiled, %loop = transform.structured.tile_using_for %root tile_sizes [%t, 0] : (!op, !p) -> (!op, !op)
)mlir";

std::string Elementwise(int64_t rows, int64_t columns) {
  return testing::ElementwiseWorkload({rows, columns});
}

std::unique_ptr<ScheduleSpace> CreateOrDie(const std::string& workload, std::vector<v1::Sketch> sketches) {
  auto space = ScheduleSpace::Create(workload, sketches, TestTarget());
  EXPECT_TRUE(space.ok()) << space.status();
  return space.ok() ? *std::move(space) : nullptr;
}

std::string CreateError(const std::string& workload, std::vector<v1::Sketch> sketches,
                        absl::StatusCode code) {
  auto space = ScheduleSpace::Create(workload, sketches, TestTarget());
  EXPECT_EQ(space.status().code(), code) << space.status();
  return std::string(space.status().message());
}

}  // namespace diapason::compiler::space
