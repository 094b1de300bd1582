#include "proto/domain/element_type.h"

#include <gtest/gtest.h>

namespace diapason {
namespace {

TEST(ElementTypeTest, EveryTypeHasBytesAndANameOfItsOwn) {
  for (int number = 1; number <= v1::ElementType_MAX; ++number) {
    ASSERT_TRUE(v1::ElementType_IsValid(number)) << number;
    const v1::ElementType type = static_cast<v1::ElementType>(number);
    EXPECT_GT(ElementBytes(type), 0) << v1::ElementType_Name(type);
    EXPECT_EQ(ElementTypeNamed(ElementTypeName(type)), type) << v1::ElementType_Name(type);
    EXPECT_EQ(ElementBytes(ArgumentType(type)), ElementBytes(type)) << v1::ElementType_Name(type);
  }
}

TEST(ElementTypeTest, OtherNamesAreNotTypes) {
  EXPECT_EQ(ElementBytes(v1::ELEMENT_TYPE_UNSPECIFIED), 0);
  EXPECT_EQ(ElementTypeNamed("float8"), v1::ELEMENT_TYPE_UNSPECIFIED);
  EXPECT_EQ(ElementTypeNamed(""), v1::ELEMENT_TYPE_UNSPECIFIED);
}

TEST(ElementTypeTest, KernelsTakeBooleansAndUnsignedIntegersAsSignedOnes) {
  EXPECT_EQ(ArgumentType(v1::ELEMENT_TYPE_BOOL), v1::ELEMENT_TYPE_I8);
  EXPECT_EQ(ArgumentType(v1::ELEMENT_TYPE_U64), v1::ELEMENT_TYPE_I64);
  EXPECT_EQ(ArgumentType(v1::ELEMENT_TYPE_F32), v1::ELEMENT_TYPE_F32);
}

TEST(ElementTypeTest, AComputedTypeIsAtLeastAsWideExceptForDoubles) {
  for (int number = 1; number <= v1::ElementType_MAX; ++number) {
    const v1::ElementType type = static_cast<v1::ElementType>(number), computed = ComputedType(type);
    EXPECT_EQ(ComputedType(computed), computed) << v1::ElementType_Name(type);
    if (type != v1::ELEMENT_TYPE_F64)
      EXPECT_GE(ElementBytes(computed), ElementBytes(type)) << v1::ElementType_Name(type);
  }
}

}  // namespace
}  // namespace diapason
