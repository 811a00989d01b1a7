#include <gatehouse/cluster/metrics_board.hpp>

#include <gtest/gtest.h>

namespace gatehouse::cluster {
namespace {

TEST(shard_totals, take_in_every_shard_and_other_totals) {
  shard::shard_status shard;
  shard.stale_dispatches = 2;
  shard.unreadable_payloads = 4;
  shard.commands_sent = 3;
  shard.commands_dropped = 5;
  shard.reconnects[static_cast<std::size_t>(gateway::reconnect_cause::op_7)] = 7;
  shard_totals ended;
  ended.add(shard);
  shard_totals sum;
  sum.add(ended);
  sum.add(shard);
  EXPECT_EQ(sum.repeats, 4U);
  EXPECT_EQ(sum.unreadable_payloads, 8U);
  EXPECT_EQ(sum.commands_sent, 6U);
  EXPECT_EQ(sum.commands_dropped, 10U);
  EXPECT_EQ(sum.reconnects[static_cast<std::size_t>(gateway::reconnect_cause::op_7)], 14U);
  EXPECT_EQ(sum.reconnects[static_cast<std::size_t>(gateway::reconnect_cause::op_9)], 0U);
}

}  // namespace
}  // namespace gatehouse::cluster
