#include <gatehouse/controllers.hpp>

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(hook, is_empty_until_it_is_assigned) {
  Hook<int(int)> tested;
  EXPECT_FALSE(tested);
  EXPECT_FALSE(tested.is_assigned());
  tested = [](int number) { return number + 1; };
  EXPECT_TRUE(tested);
  EXPECT_TRUE(tested.is_assigned());
  EXPECT_EQ(tested(1), 2);
}

TEST(hook, a_copy_is_what_a_library_wraps) {
  Hook<int(int)> tested;
  tested = [](int number) { return number + 1; };
  tested.forget_assignment();
  tested = [former = tested](int number) { return 10 * former(number); };
  EXPECT_TRUE(tested.is_assigned());
  EXPECT_EQ(tested(1), 20);
}

TEST(hook, can_be_emptied) {
  Hook<int(int)> tested;
  tested = [](int number) { return number; };
  tested.forget_assignment();
  tested = Hook<int(int)>{};
  EXPECT_FALSE(tested);
  EXPECT_TRUE(tested.is_assigned());
}

TEST(controllers_header, tells_what_it_was_compiled_for) {
  EXPECT_EQ(gatehouse_controllers_abi, controllers_abi);
}

}  // namespace
}  // namespace gatehouse
