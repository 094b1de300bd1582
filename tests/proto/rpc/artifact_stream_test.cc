// Tests all four ends over a channel inside of this process, and with a peer that breaks the rules.
#include "proto/rpc/artifact_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <map>
#include <memory>

#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "proto/base/content_hash.h"
#include "proto/domain/message_limits.h"
#include "proto/rpc/grpc_endpoint.h"
#include "proto/rpc/grpc_status.h"
#include "tests/testing/status_matchers.h"

namespace diapason {
namespace {

using ::testing::HasSubstr;

// Address space that cannot be accessed. An artifact that is too large must be refused without looking at
// its bytes.
class TooLarge {
 public:
  TooLarge() : data_(mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~TooLarge() { munmap(data_, kSize); }
  absl::string_view bytes() const { return {static_cast<const char*>(data_), kSize}; }

 private:
  static constexpr size_t kSize = kMaxArtifactBytes + 1;
  void* const data_;
};

// Keeps the artifacts that are uploaded.
class ArtifactServer final : public v1::TrackerService::Service {
 public:
  grpc::Status UploadArtifact(grpc::ServerContext*, grpc::ServerReader<v1::ArtifactChunk>* stream,
                              v1::UploadArtifactResponse*) override {
    absl::StatusOr<ReceivedArtifact> artifact = ReceiveArtifact(*stream);
    if (!artifact.ok()) return ToGrpc(artifact.status());
    artifacts_[artifact->hash] = artifact->bytes;
    return grpc::Status::OK;
  }

  std::map<std::string, std::string> artifacts_;
};

// Sends the artifacts that the ArtifactServer keeps. The artifact "large" is too large, and "endless"
// never ends.
class ArtifactSource final : public v1::AgentService::Service {
 public:
  explicit ArtifactSource(const ArtifactServer& server) : server_(server) {}

  grpc::Status FetchArtifact(grpc::ServerContext*, const v1::FetchArtifactRequest* request,
                             grpc::ServerWriter<v1::ArtifactChunk>* stream) override {
    if (request->hash() == "large") return ToGrpc(SendArtifact("large", TooLarge().bytes(), *stream));
    if (request->hash() == "endless") {
      v1::ArtifactChunk chunk;
      chunk.set_data(std::string(1 << 20, 'x'));
      while (stream->Write(chunk)) {
      }
      return grpc::Status::OK;
    }
    const auto found = server_.artifacts_.find(request->hash());
    if (found == server_.artifacts_.end()) return ToGrpc(absl::NotFoundError("no such artifact"));
    return ToGrpc(SendArtifact(request->hash(), found->second, *stream));
  }

 private:
  const ArtifactServer& server_;
};

class ArtifactStreamTest : public ::testing::Test {
 protected:
  ArtifactStreamTest() {
    grpc::ServerBuilder builder;
    SetMessageLimit(builder);
    builder.RegisterService(&server_);
    builder.RegisterService(&source_);
    running_ = builder.BuildAndStart();
    const auto channel = running_->InProcessChannel(LimitedChannelArguments());
    tracker_ = v1::TrackerService::NewStub(channel);
    agent_ = v1::AgentService::NewStub(channel);
  }
  ~ArtifactStreamTest() override { running_->Shutdown(); }

  absl::Status Upload(absl::string_view hash, absl::string_view bytes) {
    grpc::ClientContext context;
    return UploadArtifact(hash, bytes, context, *tracker_);
  }

  absl::StatusOr<std::string> Fetch(const std::string& hash) {
    grpc::ClientContext context;
    return FetchArtifact(hash, context, *agent_);
  }

  ArtifactServer server_;
  ArtifactSource source_{server_};
  std::unique_ptr<grpc::Server> running_;
  std::unique_ptr<v1::TrackerService::Stub> tracker_;
  std::unique_ptr<v1::AgentService::Stub> agent_;
};

TEST_F(ArtifactStreamTest, BytesGoUpAndDown) {
  std::string large;
  for (int i = 0; i < 1'000'000; ++i) large.push_back(static_cast<char>(i * 7 >> 3));
  for (const std::string& bytes :
       {std::string(), std::string("one chunk"), std::string(512 << 10, 'x'), large}) {
    ASSERT_THAT(Upload(ContentHash(bytes), bytes), IsOk()) << bytes.size();
    EXPECT_THAT(Fetch(ContentHash(bytes)), IsOkAndHolds(bytes));
  }
}

TEST_F(ArtifactStreamTest, BothReceiversCheckTheHash) {
  EXPECT_THAT(Upload(ContentHash("x"), "y"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ContentHash("y"))));
  server_.artifacts_["claimed"] = "bytes";
  EXPECT_THAT(Fetch("claimed"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ContentHash("bytes"))));
}

TEST_F(ArtifactStreamTest, TheErrorsOfTheCallAreReturned) {
  EXPECT_THAT(Fetch("unknown"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such artifact")));
  const auto nobody = OpenChannel("unix:/no/such/socket", {});
  ASSERT_THAT(nobody, IsOk());
  tracker_ = v1::TrackerService::NewStub(*nobody);
  EXPECT_THAT(Upload(ContentHash("x"), "x"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ArtifactStreamTest, BothSendersRefuseWhatIsTooLarge) {
  const TooLarge large;
  EXPECT_THAT(Upload("large", large.bytes()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger")));
  EXPECT_THAT(Fetch("large"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger")));
}

TEST_F(ArtifactStreamTest, BothReceiversEndAStreamThatIsTooLong) {
  EXPECT_THAT(Fetch("endless"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger")));
  grpc::ClientContext context;
  v1::UploadArtifactResponse response;
  const auto stream = tracker_->UploadArtifact(&context, &response);
  v1::ArtifactChunk chunk;
  chunk.set_hash("endless");
  chunk.set_data(std::string(1 << 20, 'x'));
  while (stream->Write(chunk)) {
  }
  EXPECT_THAT(stream->Finish(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("artifact endless is larger")));
}

}  // namespace
}  // namespace diapason
