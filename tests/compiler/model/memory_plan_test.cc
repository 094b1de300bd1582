// Tests the plans of random programs by running the programs on tags instead of numbers. For every byte
// of the arena, the tag says which buffer wrote it, or which border it holds. Every read checks that it
// finds the right tags.
#include "compiler/model/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "compiler/model/program_check.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

constexpr int kBorderTag = 1 << 20;  // the tag of a border is this plus the border's value

// A buffer of height x width elements inside of a border.
struct Tensor {
  int buffer = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t border = 0;
};

class ProgramMaker {
 public:
  explicit ProgramMaker(unsigned seed) : random_(seed) {}

  graph::Program Make() {
    const int calls = Draw(1, 30);
    tensors_.push_back(NewTensor());
    AddCall({}, tensors_.back());
    while (static_cast<int>(program_.calls.size()) < calls) {
      Draw(0, 4) == 0 ? AddConcat() : AddChainLink();
    }
    return std::move(program_);
  }

 private:
  int Draw(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  Tensor NewTensor() {
    Tensor tensor{static_cast<int>(program_.buffers.size()), Draw(1, 9), Draw(1, 9), Draw(0, 2)};
    graph::Buffer buffer;
    buffer.element_type = Draw(0, 1) ? v1::ELEMENT_TYPE_F32 : v1::ELEMENT_TYPE_I8;
    buffer.elements = (tensor.height + 2 * tensor.border) * (tensor.width + 2 * tensor.border);
    buffer.has_border = tensor.border > 0;
    buffer.border_value = Draw(0, 3) == 0 ? 1 : 0;
    program_.buffers.push_back(buffer);
    return tensor;
  }

  graph::View Inside(const Tensor& t, int64_t first_row, int64_t rows) {
    const int64_t pitch = t.width + 2 * t.border;
    return {t.buffer, (t.border + first_row) * pitch + t.border, {rows, t.width}, {pitch, 1}};
  }

  graph::View Whole(const Tensor& t) {
    const int64_t pitch = t.width + 2 * t.border;
    return {t.buffer, 0, {t.height + 2 * t.border, pitch}, {pitch, 1}};
  }

  void AddArgument(const graph::View& view, v1::ArgumentRole role, v1::Workload& workload,
                   graph::Call& call) {
    v1::Argument& argument = *workload.add_arguments();
    argument.set_element_type(program_.buffers[view.buffer].element_type);
    argument.set_role(role);
    for (int64_t size : view.shape) argument.add_shape(size);
    call.arguments.push_back(view);
  }

  void AddCall(const std::vector<Tensor>& inputs, const graph::View& output, v1::ArgumentRole role) {
    v1::Workload workload;
    graph::Call call;
    call.workload = static_cast<int>(program_.workloads.size());
    for (const Tensor& t : inputs) {
      AddArgument(Draw(0, 1) ? Whole(t) : Inside(t, 0, t.height), v1::ARGUMENT_ROLE_INPUT, workload, call);
    }
    AddArgument(output, role, workload, call);
    program_.workloads.push_back(workload);
    program_.calls.push_back(call);
  }

  void AddCall(const std::vector<Tensor>& inputs, const Tensor& output) {
    AddCall(inputs, Inside(output, 0, output.height), v1::ARGUMENT_ROLE_OUTPUT);
  }

  // Returns mostly the newest tensors, so that the others are not alive any more.
  const Tensor& Recent() {
    return tensors_[std::max<int>(0, tensors_.size() - Draw(1, Draw(0, 5) ? 3 : 10))];
  }

  void AddChainLink() {
    const std::vector<Tensor> inputs(Draw(1, 2), Recent());
    if (Draw(0, 3) == 0) {  // in place
      const Tensor target = Recent();
      AddCall(inputs, Inside(target, 0, target.height), v1::ARGUMENT_ROLE_IN_OUT);
      return;
    }
    const Tensor output = NewTensor();
    AddCall(inputs, output);
    tensors_.push_back(output);
  }

  // Adds two calls that write the two parts of one buffer.
  void AddConcat() {
    const Tensor output = NewTensor();
    const int64_t split = output.height / 2;
    if (split > 0) AddCall({Recent()}, Inside(output, 0, split), v1::ARGUMENT_ROLE_OUTPUT);
    AddCall({Recent()}, Inside(output, split, output.height - split), v1::ARGUMENT_ROLE_OUTPUT);
    tensors_.push_back(output);
  }

  std::mt19937 random_;
  graph::Program program_;
  std::vector<Tensor> tensors_;
};

// Runs a program on tags.
class TagMachine {
 public:
  TagMachine(const graph::Program& program, const MemoryPlan& plan)
      : program_(program), plan_(plan), arena_(plan.arena_bytes, 0) {}

  void Run(int times) {
    Fill(BorderFill::kAtLoad);
    for (int i = 0; i < times; ++i) {
      for (int call = 0; call < static_cast<int>(program_.calls.size()); ++call) {
        Fill(call);
        Execute(call);
      }
    }
  }

 private:
  void Touch(int buffer, int64_t element, const std::function<void(int&)>& touch) {
    const int64_t bytes = ElementBytes(program_.buffers[buffer].element_type);
    for (int64_t i = 0; i < bytes; ++i) touch(arena_.at(plan_.offsets[buffer] + element * bytes + i));
  }

  void Fill(int before_call) {
    for (const BorderFill& fill : plan_.fills) {
      if (fill.before_call != before_call) continue;
      const int tag = kBorderTag + static_cast<int>(program_.buffers[fill.buffer].border_value);
      for (const Runs& runs : fill.runs) {
        for (int64_t i = 0; i < runs.count * runs.length; ++i) {
          const int64_t element = runs.offset + i / runs.length * runs.stride + i % runs.length;
          Touch(fill.buffer, element, [&](int& byte) { byte = tag; });
        }
      }
    }
  }

  void ForEach(const graph::View& view, const std::function<void(int&)>& touch) {
    for (int64_t y = 0; y < view.shape[0]; ++y) {
      for (int64_t x = 0; x < view.shape[1]; ++x) {
        Touch(view.buffer, view.offset + y * view.strides[0] + x * view.strides[1], touch);
      }
    }
  }

  void Execute(int index) {
    const graph::Call& call = program_.calls[index];
    const v1::Workload& workload = program_.workloads[call.workload];
    for (int i = 0; i < workload.arguments_size(); ++i) {
      const graph::View& view = call.arguments[i];
      if (workload.arguments(i).role() == v1::ARGUMENT_ROLE_OUTPUT) continue;
      const graph::Buffer& buffer = program_.buffers[view.buffer];
      const int border = kBorderTag + static_cast<int>(buffer.border_value);
      int wrong = 0;
      ForEach(view,
              [&](int& byte) { wrong += byte != view.buffer + 1 && !(buffer.has_border && byte == border); });
      EXPECT_EQ(wrong, 0) << "call " << index << " reads buffer " << view.buffer;
    }
    const graph::View& output = call.arguments.back();
    ForEach(output, [&](int& byte) { byte = output.buffer + 1; });
  }

  const graph::Program& program_;
  const MemoryPlan& plan_;
  std::vector<int> arena_;
};

int64_t SumOfBytes(const graph::Program& program) {
  int64_t sum = 0;
  for (const graph::Buffer& buffer : program.buffers)
    sum += buffer.elements * ElementBytes(buffer.element_type) + 63;
  return sum;
}

TEST(MemoryPlanTest, RandomProgramsReadWhatTheyWrote) {
  constexpr unsigned kFirstSeed = 1;
  constexpr unsigned kPrograms = 400;
  int at_load = 0;
  int at_run = 0;
  double saved = 0;
  for (unsigned seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const graph::Program program = ProgramMaker(seed).Make();
    ASSERT_TRUE(CheckProgram(program).ok()) << CheckProgram(program);
    const MemoryPlan plan = PlanMemory(program);
    for (int64_t offset : plan.offsets) EXPECT_EQ(offset % 64, 0);
    for (const BorderFill& fill : plan.fills) ++(fill.before_call < 0 ? at_load : at_run);
    TagMachine(program, plan).Run(2);
    saved += 1 - static_cast<double>(plan.arena_bytes) / static_cast<double>(SumOfBytes(program));
    if (::testing::Test::HasFailure()) break;
  }
  std::printf("seeds %u to %u: %d borders set at load, %d at every run; memory saved by sharing: %.0f %%\n",
              kFirstSeed, kFirstSeed + kPrograms - 1, at_load, at_run, 100 * saved / kPrograms);
  EXPECT_GT(at_load, 0);
  EXPECT_GT(at_run, 0);
  EXPECT_GT(saved, 0);
}

// Returns a chain of `count` equal 8x8 tensors with borders of one element.
graph::Program Chain(int count) {
  graph::Program program;
  for (int i = 0; i < count; ++i) {
    graph::Buffer buffer;
    buffer.elements = 100;
    buffer.has_border = true;
    program.buffers.push_back(buffer);
    v1::Workload workload;
    graph::Call call;
    call.workload = i;
    if (i > 0) {
      workload.add_arguments()->set_role(v1::ARGUMENT_ROLE_INPUT);
      call.arguments.push_back({i - 1, 0, {10, 10}, {10, 1}});
    }
    workload.add_arguments()->set_role(v1::ARGUMENT_ROLE_OUTPUT);
    call.arguments.push_back({i, 11, {8, 8}, {10, 1}});
    program.workloads.push_back(workload);
    program.calls.push_back(call);
  }
  return program;
}

TEST(MemoryPlanTest, EqualBordersShareMemoryAndAreSetOnce) {
  const MemoryPlan plan = PlanMemory(Chain(6));
  EXPECT_EQ(plan.arena_bytes, 2 * 448);  // each has 400 bytes, and two are alive at a time
  for (const BorderFill& fill : plan.fills) EXPECT_EQ(fill.before_call, BorderFill::kAtLoad);
  EXPECT_EQ(plan.fills.size(), 6u);
}

TEST(MemoryPlanTest, ABorderIsSetBeforeItsProducerWhereThatIsCheaper) {
  graph::Program program = Chain(4);
  program.buffers[0].has_border = false;  // it writes where the others' borders lie
  program.buffers[0].elements = 1000;
  program.calls[0].arguments[0] = {0, 0, {100, 10}, {10, 1}};
  const MemoryPlan plan = PlanMemory(program);
  EXPECT_EQ(plan.arena_bytes, 4032 + 448);
  ASSERT_EQ(plan.fills.size(), 3u);
  EXPECT_EQ(plan.fills[0].before_call, BorderFill::kAtLoad);  // this buffer lies behind the large one
  EXPECT_EQ(plan.fills[1].before_call, 2);
  EXPECT_EQ(plan.fills[2].before_call, 3);
}

TEST(BorderTest, RunsAreGrouped) {
  // The buffer is 10x10 with a border of one. Its runs are the first row with the next left edge, seven pairs
  // of a right edge and the next left edge, and the last right edge with the last row.
  EXPECT_THAT(UnwrittenRuns(Chain(1), 0),
              ::testing::ElementsAre(Runs{0, 11, 1, 0}, Runs{19, 2, 7, 10}, Runs{89, 11, 1, 0}));
  EXPECT_EQ(CountElements(UnwrittenRuns(Chain(1), 0)), 36);
}

TEST(ProgramCheckTest, SaysWhatIsBroken) {
  const auto message = [](const graph::Program& program) {
    return std::string(CheckProgram(program).message());
  };
  graph::Program program = ProgramMaker(1).Make();
  program.calls.resize(1);
  ASSERT_EQ(message(program), "");
  graph::Program leaves = program;
  leaves.calls[0].arguments[0].offset += 1000;
  EXPECT_THAT(message(leaves), ::testing::HasSubstr("leaves buffer"));
  graph::Program shape = program;
  shape.calls[0].arguments[0].shape[0] += 1;
  EXPECT_THAT(message(shape), ::testing::HasSubstr("another shape"));
  graph::Program written = program;
  graph::Buffer& buffer = written.buffers[written.calls[0].arguments[0].buffer];
  buffer.kind = graph::BufferKind::kInput;
  buffer.has_border = false;
  EXPECT_THAT(message(written), ::testing::HasSubstr("is 0 tensors, not 1"));
  written.inputs.push_back(
      {"x", written.calls[0].arguments[0].buffer, buffer.element_type, {buffer.elements}});
  EXPECT_THAT(message(written), ::testing::HasSubstr("is written"));
  graph::Program constant = program;
  constant.workloads[constant.calls[0].workload].mutable_arguments(0)->set_role(v1::ARGUMENT_ROLE_CONSTANT);
  EXPECT_THAT(message(constant), ::testing::HasSubstr("a constant argument reads"));
  written.inputs.push_back(written.inputs[0]);
  EXPECT_THAT(message(written), ::testing::HasSubstr("is 2 tensors, not 1"));
}

}  // namespace
}  // namespace diapason::compiler::model
