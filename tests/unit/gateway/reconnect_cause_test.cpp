#include "session_driver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace gatehouse::gateway {
namespace {

class reconnect_causes : public session_test {
 protected:
  /// Counted so far, the cause given and nothing else.
  void expect_only(reconnect_cause cause, std::uint64_t times = 1) {
    const auto& counts = shard.machine.reconnects();
    EXPECT_EQ(counts.at(static_cast<std::size_t>(cause)), times);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), times);
  }
};

TEST(cause_of_close, knows_the_codes_worth_a_name) {
  EXPECT_EQ(cause_of_close(4000), reconnect_cause::close_4000);
  EXPECT_EQ(cause_of_close(4003), reconnect_cause::close_4003);
  EXPECT_EQ(cause_of_close(4005), reconnect_cause::close_4005);
  EXPECT_EQ(cause_of_close(4008), reconnect_cause::close_4008);
  EXPECT_EQ(cause_of_close(4009), reconnect_cause::close_4009);
  for (const std::uint16_t code : std::vector<std::uint16_t>{1000, 1001, 1006, 3000, 4004, 4999}) {
    EXPECT_EQ(cause_of_close(code), reconnect_cause::close_other) << code;
  }
}

TEST_F(reconnect_causes, a_first_connection_is_none) {
  shard.to_connected();
  expect_only(reconnect_cause::network, 0);
}

TEST_F(reconnect_causes, a_broken_connection) {
  shard.to_connected();
  shard.disconnect();
  expect_only(reconnect_cause::network);
}

TEST_F(reconnect_causes, a_close_code) {
  shard.to_connected();
  shard.disconnect(4008);
  expect_only(reconnect_cause::close_4008);
}

TEST_F(reconnect_causes, a_refusal_is_none) {
  shard.to_connected();
  shard.disconnect(4014);
  expect_only(reconnect_cause::close_other, 0);
}

TEST_F(reconnect_causes, no_connection_to_be_had) {
  shard.to_opening();
  shard.fail_connect();
  expect_only(reconnect_cause::connect_failed);
}

TEST_F(reconnect_causes, nothing_since_the_last_heartbeat) {
  shard.to_connected();
  while (shard.machine.state() == shard_state::connected) shard.wait();
  expect_only(reconnect_cause::zombie);
}

TEST_F(reconnect_causes, op_7) {
  shard.to_connected();
  shard.say(7);
  expect_only(reconnect_cause::op_7);
}

TEST_F(reconnect_causes, op_9) {
  shard.to_connected();
  shard.say(9, "false");
  expect_only(reconnect_cause::op_9);
}

TEST_F(reconnect_causes, no_hello_in_time) {
  shard.to_awaiting_hello();
  shard.wait();
  expect_only(reconnect_cause::timeout);
}

TEST_F(reconnect_causes, an_unreadable_stream) {
  shard.to_connected();
  shard.corrupt();
  expect_only(reconnect_cause::unreadable);
}

TEST_F(reconnect_causes, somebody_asked) {
  shard.to_connected();
  shard.reconnect(reconnect_mode::resume);
  expect_only(reconnect_cause::asked);
}

TEST_F(reconnect_causes, going_on_at_once_gives_no_connection_up) {
  shard.to_connected();
  shard.say(9, "false");  // waits now
  shard.reconnect(reconnect_mode::resume);
  expect_only(reconnect_cause::op_9);
}

}  // namespace
}  // namespace gatehouse::gateway
