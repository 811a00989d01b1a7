#include "replay_buffer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::sim {
namespace {

std::vector<std::string> after(const replay_buffer& buffer, std::uint64_t seq) {
  std::vector<std::string> result;
  buffer.each_after(seq, [&](const std::string& payload) { result.push_back(payload); });
  return result;
}

TEST(replay_buffer, repeats_what_is_newer) {
  replay_buffer buffer(10);
  for (std::uint64_t seq = 1; seq <= 4; ++seq) buffer.push(seq, std::to_string(seq));
  EXPECT_TRUE(buffer.covers(0));
  EXPECT_EQ(after(buffer, 2), (std::vector<std::string>{"3", "4"}));
  EXPECT_TRUE(after(buffer, 4).empty());
}

TEST(replay_buffer, gives_up_the_oldest_beyond_its_capacity) {
  replay_buffer buffer(2);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) buffer.push(seq, std::to_string(seq));
  EXPECT_EQ(buffer.size(), 2U);
  EXPECT_FALSE(buffer.covers(2));
  EXPECT_TRUE(buffer.covers(3));
  EXPECT_EQ(after(buffer, 3), (std::vector<std::string>{"4", "5"}));
}

TEST(replay_buffer, trims_what_was_acknowledged) {
  replay_buffer buffer(10);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) buffer.push(seq, std::to_string(seq));
  buffer.trim(3);
  EXPECT_FALSE(buffer.covers(2));
  EXPECT_TRUE(buffer.covers(3));
  EXPECT_EQ(buffer.size(), 2U);
}

TEST(replay_buffer, bears_holes_in_the_numbering) {
  replay_buffer buffer(10);
  buffer.push(1, "1");
  buffer.push(3, "3");  // 2 was a RESUMED
  EXPECT_TRUE(buffer.covers(2));
  EXPECT_EQ(after(buffer, 1), (std::vector<std::string>{"3"}));
}

}  // namespace
}  // namespace gatehouse::sim
