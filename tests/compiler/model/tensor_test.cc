#include "compiler/model/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "absl/strings/str_replace.h"
#include "compiler/model/manifest.h"
#include "compiler/model/tensor_file.h"
#include "tests/testing/mutations.h"

namespace diapason::compiler::model {
namespace {

using ::testing::HasSubstr;

Tensor Floats(const std::vector<float>& values) {
  return {"t",
          v1::ELEMENT_TYPE_F32,
          {static_cast<int64_t>(values.size())},
          std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

Comparison Compare(const std::vector<float>& a, const std::vector<float>& b) {
  return CompareTensors(Floats(a), Floats(b)).value();
}

TEST(CompareTensorsTest, AllowsAThousandthOfTheLargestAndOfEach) {
  EXPECT_TRUE(Compare({1, 2, -4}, {1, 2, -4}).matches);
  EXPECT_TRUE(Compare({1.0045f, 2, -4}, {1, 2, -4}).matches);   // 0.0045 <= 0.004 + 0.001
  EXPECT_FALSE(Compare({1.0055f, 2, -4}, {1, 2, -4}).matches);  // 0.0055 > 0.005
  EXPECT_NEAR(Compare({1, 2, -3}, {1, 2, -4}).max_relative_error, 0.25, 1e-12);
}

TEST(CompareTensorsTest, WantsTheSameDirection) {
  // Every element is close enough to the largest, but most of the vector is noise.
  std::vector<float> a(100000, 0), b(100000, 0);
  a[0] = b[0] = 1;
  for (size_t i = 1; i < a.size(); ++i) b[i] = i % 2 ? 0.0009f : -0.0009f;
  const Comparison comparison = Compare(a, b);
  EXPECT_LT(comparison.max_error, 1e-3);
  EXPECT_LT(comparison.cosine, 0.9999);
  EXPECT_FALSE(comparison.matches);
}

TEST(CompareTensorsTest, NoNumberMatchesOnlyItself) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(Compare({nan, 1}, {nan, 1}).matches);
  EXPECT_FALSE(Compare({nan, 2}, {nan, 1}).matches);
  EXPECT_FALSE(Compare({nan, 1}, {0, 1}).matches);
  EXPECT_FALSE(Compare({0, 1}, {nan, 1}).matches);
  EXPECT_TRUE(Compare({infinity, 1}, {infinity, 1}).matches);
  EXPECT_FALSE(Compare({infinity, 1}, {-infinity, 1}).matches);
  EXPECT_FALSE(Compare({infinity, 1}, {1, 1}).matches);
  EXPECT_FALSE(Compare({1, 1}, {infinity, 1}).matches);
  EXPECT_TRUE(Compare({0, 0}, {0, 0}).matches);
  EXPECT_FALSE(Compare({1e-9f, 0}, {0, 0}).matches);
}

TEST(CompareTensorsTest, OtherShapesAndTypesAreNotCompared) {
  EXPECT_EQ(CompareTensors(Floats({1}), Floats({1, 2})).status().code(), absl::StatusCode::kInvalidArgument);
  Tensor integer = Floats({1});
  integer.element_type = v1::ELEMENT_TYPE_I32;
  EXPECT_EQ(CompareTensors(integer, Floats({1})).status().code(), absl::StatusCode::kInvalidArgument);
  Tensor other = integer;
  EXPECT_TRUE(CompareTensors(integer, other)->matches);
  other.bytes[0] ^= 1;
  EXPECT_FALSE(CompareTensors(integer, other)->matches);
}

TEST(RandomTensorTest, IsRepeatableAndInRange) {
  const Tensor floats = RandomTensor("f", v1::ELEMENT_TYPE_F32, {1000}, 1);
  EXPECT_EQ(floats.bytes, RandomTensor("f", v1::ELEMENT_TYPE_F32, {1000}, 1).bytes);
  EXPECT_NE(floats.bytes, RandomTensor("f", v1::ELEMENT_TYPE_F32, {1000}, 2).bytes);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    float value;
    std::memcpy(&value, floats.bytes.data() + i * sizeof value, sizeof value);
    ASSERT_TRUE(value >= -1 && value < 1) << value;
    sum += value;
  }
  EXPECT_LT(std::fabs(sum), 100);
  for (char byte : RandomTensor("b", v1::ELEMENT_TYPE_BOOL, {100}, 1).bytes)
    EXPECT_TRUE(byte == 0 || byte == 1);
}

class TensorFileTest : public ::testing::Test {
 protected:
  const std::string path_ = ::testing::TempDir() + "/tensor_file_test.pb";
};

TEST_F(TensorFileTest, ReadsWhatItWrote) {
  for (const v1::ElementType type : {v1::ELEMENT_TYPE_F32, v1::ELEMENT_TYPE_I8, v1::ELEMENT_TYPE_I32,
                                     v1::ELEMENT_TYPE_I64, v1::ELEMENT_TYPE_BOOL}) {
    const Tensor tensor = RandomTensor("name", type, {2, 3, 4}, 5);
    ASSERT_TRUE(WriteTensorFile(tensor, path_).ok());
    const auto read = ReadTensorFile(path_);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->name, tensor.name);
    EXPECT_EQ(read->element_type, type);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(read->bytes, tensor.bytes);
  }
}

TEST_F(TensorFileTest, SaysWhatIsWrong) {
  EXPECT_EQ(ReadTensorFile(path_ + ".none").status().code(), absl::StatusCode::kNotFound);
  std::ofstream(path_) << "not a tensor";
  EXPECT_EQ(ReadTensorFile(path_).status().code(), absl::StatusCode::kInvalidArgument);
  Tensor cut = RandomTensor("name", v1::ELEMENT_TYPE_F32, {8}, 5);
  cut.bytes.resize(20);
  ASSERT_TRUE(WriteTensorFile(cut, path_).ok());
  EXPECT_THAT(std::string(ReadTensorFile(path_).status().message()), HasSubstr("has 20 of 32 bytes"));
  EXPECT_EQ(WriteTensorFile(cut, "/nowhere/x.pb").code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(TensorFileTest, DamagedFilesAreRefusedOrRead) {
  ASSERT_TRUE(WriteTensorFile(RandomTensor("name", v1::ELEMENT_TYPE_F32, {2, 3, 4}, 5), path_).ok());
  std::stringstream bytes;
  bytes << std::ifstream(path_, std::ios::binary).rdbuf();
  testing::ExpectMutationsAreRefusedOrRead({bytes.str()}, 2000, [&](const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return ReadTensorFile(path_).status();
  });
}

TEST_F(TensorFileTest, RefusesShapesThatNoMemoryHolds) {
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{-2, -4}, {int64_t{1} << 32, int64_t{1} << 32}, {int64_t{1} << 62, 4}}) {
    ASSERT_TRUE(WriteTensorFile({"name", v1::ELEMENT_TYPE_F32, shape, ""}, path_).ok());
    EXPECT_THAT(std::string(ReadTensorFile(path_).status().message()), HasSubstr("shape"));
  }
}

Manifest SomeManifest() {
  Manifest manifest;
  manifest.name = "m\"x\n";
  manifest.inputs = {{"a", v1::ELEMENT_TYPE_BOOL, {1, 2}}, {"b", v1::ELEMENT_TYPE_I64, {}}};
  manifest.arena_bytes = int64_t{1} << 40;
  manifest.tasks = {{"id", "conv", 2, {"sketch", "hash", {{"z", 1}, {"a", -2}}}, "exact", "why", 1.25}};
  manifest.calls = {{"node", 0}};
  return manifest;
}

TEST(ManifestTest, DamagedTextsAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead(
      {ManifestText(SomeManifest())}, 2000,
      [](const std::string& text) { return ParseManifest(text).status(); },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kFailedPrecondition});
}

TEST(ManifestTest, KeepsEverything) {
  const Manifest manifest = SomeManifest();
  const std::string text = ManifestText(manifest);
  const auto read = ParseManifest(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ManifestText(*read), text);
  EXPECT_EQ(read->name, manifest.name);
  EXPECT_EQ(read->tasks[0].schedule.knobs[0].name, "z");
  EXPECT_EQ(read->tasks[0].schedule.knobs[1].value, -2);
  EXPECT_EQ(read->arena_bytes, manifest.arena_bytes);
}

TEST(ManifestTest, SaysWhatIsWrong) {
  EXPECT_EQ(ParseManifest("{").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseManifest("[]").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseManifest(R"({"manifest_version": 7})").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(ParseManifest(R"({"manifest_version": 1, "name": 3})").status().message()),
              HasSubstr("manifest.name"));
  const std::string text = absl::StrReplaceAll(ManifestText(SomeManifest()), {{"\"int64\"", "\"int63\""}});
  EXPECT_THAT(std::string(ParseManifest(text).status().message()), HasSubstr("manifest.inputs[1].type"));
}

}  // namespace
}  // namespace diapason::compiler::model
