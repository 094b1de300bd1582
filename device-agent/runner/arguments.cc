#include "device-agent/runner/arguments.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "device-agent/runner/tensors.h"
#include "proto/base/status_macros.h"

namespace diapason::device_agent {
namespace {

uint64_t SeedOf(size_t index) { return index + 1; }

}  // namespace

absl::StatusOr<Arguments> Arguments::Create(const v1::MeasureRequest& request,
                                            v1::ReferenceOutput::Fill fill) {
  Arguments arguments;
  arguments.fill_ = fill;
  arguments.descriptions_.assign(request.arguments().begin(), request.arguments().end());
  for (size_t i = 0; i < arguments.descriptions_.size(); ++i) {
    const v1::Argument& description = arguments.descriptions_[i];
    const std::string context = absl::StrCat("argument ", i);
    absl::StatusOr<size_t> bytes = BytesOf(description);
    if (!bytes.ok()) return WithContext(bytes.status(), context);
    absl::StatusOr<GuardedBuffer> buffer = GuardedBuffer::Create(*bytes, i + 1);
    if (!buffer.ok()) return WithContext(buffer.status(), context);
    if (!IsWritten(description)) {
      Fill(description, SeedOf(i), fill, buffer->data());
      buffer->Protect();
    }
    arguments.buffers_.push_back(*std::move(buffer));
  }
  arguments.Reset();
  return arguments;
}

void Arguments::Reset() {
  for (size_t i = 0; i < buffers_.size(); ++i) {
    if (!IsWritten(descriptions_[i])) continue;
    std::memset(buffers_[i].data(), 0xff, buffers_[i].size());
    if (descriptions_[i].role() == v1::ARGUMENT_ROLE_IN_OUT) {
      Fill(descriptions_[i], SeedOf(i), fill_, buffers_[i].data());
    }
  }
}

std::vector<absl::string_view> Arguments::Outputs() const {
  std::vector<absl::string_view> outputs;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    if (IsWritten(descriptions_[i])) outputs.emplace_back(buffers_[i].data(), buffers_[i].size());
  }
  return outputs;
}

std::vector<void*> Arguments::Pointers() const {
  std::vector<void*> pointers;
  for (const GuardedBuffer& buffer : buffers_) pointers.push_back(buffer.data());
  return pointers;
}

int Arguments::FirstDamaged() const {
  for (int i = 0; i < size(); ++i) {
    if (!buffer(i).Intact()) return i;
  }
  return -1;
}

}  // namespace diapason::device_agent
