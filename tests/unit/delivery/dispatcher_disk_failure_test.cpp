#include "spool_delivery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::Contains;

class dispatcher_disk_failure : public spool_delivery_fixture {
 protected:
  /// What is read back at once may go over the bound: without it nothing would move. Whether it
  /// does depends on what memory holds when the handler comes back.
  static constexpr std::uint64_t one_load = mebibyte / 8;
};

TEST_F(dispatcher_disk_failure, a_full_disk_sheds_what_is_named_first) {
  handler.kill();
  start_spooled(mebibyte);
  std::vector<event_maker::traits> mixed{{.guild_id = 7}};
  for (std::uint64_t guild = 1; guild < 5; ++guild) {
    mixed.push_back({.guild_id = guild, .name = "TYPING_START"});
  }
  ASSERT_TRUE(send_many(2'500, mixed));
  EXPECT_GT(dropped("TYPING_START"), 500U);
  EXPECT_EQ(dropped("MESSAGE_CREATE"), 0U);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_LE(most_bytes, mebibyte + one_load);
  EXPECT_EQ(accepted_ids.size() + dropped(), sent.size());
  expect_accepted_in_order();
}

TEST_F(dispatcher_disk_failure, a_full_disk_drops_the_oldest_and_counts_them) {
  handler.kill();
  start_spooled(mebibyte);
  ASSERT_TRUE(send_many(3'000, guilds(1, 10)));
  EXPECT_GT(dropped("MESSAGE_CREATE"), 0U);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_LE(most_bytes, mebibyte + one_load);
  EXPECT_EQ(accepted_ids.size() + dropped(), sent.size());
  expect_accepted_in_order();
  EXPECT_THAT(accepted_ids, Contains(sent.back().id));
}

TEST_F(dispatcher_disk_failure, a_full_disk_loses_nothing_while_memory_lasts) {
  handler.kill();
  start_spooled(100'000);
  ASSERT_TRUE(send_many(300, {{.guild_id = 7}, {.guild_id = 8, .name = "TYPING_START"}}));
  EXPECT_EQ(dropped(), 0U);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_disk_failure, a_disk_that_fails_leaves_everything_in_memory) {
  handler.kill();
  start_spooled_in(folder.write("no-folder", "a file"), 64 * mebibyte);
  ASSERT_TRUE(send_many(300, guilds(1, 3)));
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 0);
  EXPECT_FALSE(spool->usage().is_working);
  handler.start();
  ASSERT_TRUE(reach_all_settled());
  expect_all_accepted_in_order();
  EXPECT_EQ(delivery->snapshot().bytes, 0U);
}

TEST_F(dispatcher_disk_failure, a_disk_that_fails_does_not_hold_up_the_end) {
  handler.kill();
  start_spooled_in(folder.write("no-folder", "a file"), 64 * mebibyte);
  ASSERT_TRUE(send_many(10, guilds(1, 3)));
  ASSERT_TRUE(stop());
  EXPECT_THAT(told.lines, Contains("left: 0 10 safe 0"));
}

TEST_F(dispatcher_disk_failure, without_room_in_memory_or_on_disk_drops_are_counted) {
  handler.kill();
  start_spooled_in(folder.write("no-folder", "a file"), 64 * mebibyte);
  ASSERT_TRUE(send_many(2'000, guilds(1, 3)));
  handler.start();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_GT(dropped(), 0U);
  EXPECT_EQ(accepted_ids.size() + dropped(), sent.size());
  expect_accepted_in_order();
}

TEST_F(dispatcher_disk_failure, rows_that_are_gone_are_reported_and_do_not_stop_the_rest) {
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(1'500, guilds(1, 3)));
  send_ready();
  ASSERT_TRUE(send_many(20, guilds(1, 3)));
  ASSERT_TRUE(reach([&] { return delivery->snapshot().spooled > 500; }));
  std::vector<std::uint64_t> all(1'521);
  std::iota(all.begin(), all.end(), std::uint64_t{1});
  spool->remove(std::move(all));
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  ASSERT_EQ(told.count("lost: 0 "), 1U);
  const auto line = *std::find_if(told.lines.begin(), told.lines.end(),
                                  [](const auto& each) { return each.starts_with("lost"); });
  const auto lost = std::stoul(line.substr(line.rfind(' ')));
  EXPECT_EQ(accepted_ids.size() + lost, sent.size());
  ASSERT_TRUE(send_many(20, guilds(1, 4)));
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_EQ(accepted_ids.size() + lost, sent.size());
  expect_accepted_in_order();
}

}  // namespace
}  // namespace gatehouse::delivery
