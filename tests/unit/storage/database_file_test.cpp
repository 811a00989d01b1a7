#include "database_file.hpp"

#include "log_capture.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

namespace gatehouse::storage {
namespace {

struct patience_test : testing::Test {
  /// How often it is tried until it succeeds at the given attempt, or is given up.
  int attempts(const std::string& file, runtime::milliseconds patience, int needed) {
    int tried = 0;
    is_open = open_patiently(file, patience, capture.log(), [&] { return ++tried == needed; });
    return tried;
  }

  test::temporary_folder folder;
  test::log_capture capture;
  bool is_open = false;
};

TEST_F(patience_test, tries_again_and_says_so_once) {
  const auto file = folder.write("some.db", "content");
  EXPECT_EQ(attempts(file, runtime::seconds{60}, 3), 3);
  EXPECT_TRUE(is_open);
  ASSERT_EQ(capture.lines().size(), 1U);
  EXPECT_NE(capture.lines()[0].find(file + ": what it holds cannot be had later"),
            std::string::npos);
}

TEST_F(patience_test, does_not_wait_for_what_is_not_there) {
  EXPECT_EQ(attempts((folder.path() / "none.db").string(), runtime::seconds{60}, 3), 1);
  EXPECT_FALSE(is_open);
  EXPECT_EQ(attempts(folder.write("empty.db", ""), runtime::seconds{60}, 3), 1);
  EXPECT_EQ(capture.lines().size(), 0U);
}

TEST_F(patience_test, gives_up_in_the_end) {
  const auto file = folder.write("some.db", "content");
  EXPECT_EQ(attempts(file, {}, 3), 1);
  EXPECT_FALSE(is_open);
  EXPECT_EQ(attempts(file, runtime::milliseconds{1}, 1'000'000), 2);
  EXPECT_FALSE(is_open);
}

}  // namespace
}  // namespace gatehouse::storage
