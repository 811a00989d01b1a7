#include <gatehouse/gateway/outbox.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using kind = send_limiter::kind;

constexpr time_point start{1h};

TEST(sliding_window, counts_the_last_span_only) {
  sliding_window window{60s};
  for (int i = 0; i < 3; ++i) window.add(start + i * 10s);
  EXPECT_EQ(window.count(start + 20s), 3U);
  EXPECT_EQ(window.below(3, start + 20s), start + 60s);
  EXPECT_EQ(window.below(1, start + 20s), start + 80s);
  EXPECT_EQ(window.below(4, start + 20s), start + 20s);
  EXPECT_EQ(window.count(start + 60s), 2U);
  EXPECT_EQ(window.count(start + 80s), 0U);
}

/// How many commands pass at once.
std::size_t burst(send_limiter& limiter, time_point now, kind what = kind::command) {
  std::size_t passed = 0;
  while (passed < 200 && limiter.ready_at(what, now) <= now) {
    limiter.sent(what, now);
    ++passed;
  }
  return passed;
}

TEST(send_limiter, reserves_room_for_heartbeats) {
  send_limiter limiter;  // at 41.25 s: two beats a minute, and as many on request
  EXPECT_EQ(burst(limiter, start), 116U);
  EXPECT_EQ(limiter.ready_at(kind::heartbeat, start), start);
  EXPECT_EQ(limiter.ready_at(kind::session, start), start);
  EXPECT_EQ(limiter.ready_at(kind::command, start), start + 60s);
}

TEST(send_limiter, reserves_by_the_interval) {
  const std::pair<runtime::milliseconds, std::size_t> expected[] = {
      {60'000ms, 117}, {600'000ms, 117}, {45'000ms, 116}, {10'000ms, 108}, {10ms, 30}, {0ms, 30}};
  for (const auto& [interval, commands] : expected) {
    send_limiter limiter;
    limiter.set_heartbeat_interval(interval);
    EXPECT_EQ(burst(limiter, start), commands) << interval.count();
  }
}

TEST(send_limiter, makes_room_for_more_heartbeats_than_planned) {
  send_limiter limiter;
  for (int beat = 0; beat < 50; ++beat) limiter.sent(kind::heartbeat, start);
  EXPECT_EQ(burst(limiter, start), 70U);
}

TEST(send_limiter, never_exceeds_the_window_however_it_is_shifted) {
  send_limiter limiter;
  std::deque<time_point> sent;
  for (time_point now = start; now < start + 10min; now += 50ms) {
    if ((now - start) % 41250ms < 50ms) {
      limiter.sent(kind::heartbeat, now);
      sent.push_back(now);
    }
    if (limiter.ready_at(kind::command, now) <= now) {
      limiter.sent(kind::command, now);
      sent.push_back(now);
    }
    while (sent.front() + 60s <= now) sent.pop_front();
    ASSERT_LE(sent.size(), 120U);
  }
}

TEST(send_limiter, limits_presences_further) {
  send_limiter limiter;
  EXPECT_EQ(burst(limiter, start, kind::presence), 5U);
  EXPECT_EQ(limiter.ready_at(kind::presence, start + 1s), start + 20s);
  EXPECT_EQ(limiter.ready_at(kind::command, start + 1s), start + 1s);
  EXPECT_EQ(burst(limiter, start + 20s, kind::presence), 5U);
}

TEST(send_limiter, starts_fresh_on_a_new_connection) {
  send_limiter limiter;
  burst(limiter, start);
  limiter.reset();
  EXPECT_EQ(burst(limiter, start), 116U);
}

class outbox_test : public testing::Test {
 public:
  bool command(std::string text, opcode op = opcode::voice_state_update) {
    return box.push(std::move(text), send_priority::command, op);
  }
  std::string next(time_point now = start) { return box.next(now).value_or("-"); }

  outbox box;
};

TEST_F(outbox_test, is_empty_at_first) {
  EXPECT_EQ(next(), "-");
  EXPECT_EQ(box.ready_at(start), std::nullopt);
  EXPECT_EQ(box.size(), 0U);
}

TEST_F(outbox_test, puts_heartbeats_first_and_commands_last) {
  box.set_open(true);
  command("c1");
  command("c2");
  EXPECT_TRUE(box.push("identify", send_priority::session));
  EXPECT_TRUE(box.push("beat", send_priority::heartbeat));
  EXPECT_EQ(box.size(), 4U);
  EXPECT_EQ(next(), "beat");
  EXPECT_EQ(next(), "identify");
  EXPECT_EQ(next(), "c1");
  EXPECT_EQ(next(), "c2");
  EXPECT_EQ(next(), "-");
}

TEST_F(outbox_test, holds_commands_back_until_it_is_opened) {
  command("c");
  EXPECT_TRUE(box.push("resume", send_priority::session));
  EXPECT_EQ(next(), "resume");
  EXPECT_EQ(next(), "-");
  EXPECT_EQ(box.ready_at(start), std::nullopt);
  box.set_open(true);
  EXPECT_EQ(box.ready_at(start), start);
  box.set_open(false);
  EXPECT_EQ(next(), "-");
  box.set_open(true);
  EXPECT_EQ(next(), "c");
}

TEST_F(outbox_test, keeps_the_newest_heartbeat_only) {
  EXPECT_TRUE(box.push("old", send_priority::heartbeat));
  EXPECT_TRUE(box.push("new", send_priority::heartbeat));
  EXPECT_EQ(next(), "new");
  EXPECT_EQ(next(), "-");
}

TEST_F(outbox_test, refuses_commands_when_full_and_nothing_else) {
  outbox small{3};
  for (const auto* text : {"1", "2", "3"}) {
    EXPECT_TRUE(small.push(text, send_priority::command, opcode::presence_update));
  }
  EXPECT_FALSE(small.push("4", send_priority::command));
  EXPECT_TRUE(small.push("beat", send_priority::heartbeat));
  EXPECT_TRUE(small.push("resume", send_priority::session));
  small.set_open(true);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.next(start));
  EXPECT_TRUE(small.push("4", send_priority::command));
  EXPECT_EQ(outbox::default_capacity, 500U);
}

TEST_F(outbox_test, keeps_the_order_of_commands_and_presences) {
  box.set_open(true);
  command("1");
  command("2", opcode::presence_update);
  command("3");
  command("4", opcode::presence_update);
  for (const auto* text : {"1", "2", "3", "4"}) EXPECT_EQ(next(), text);
}

TEST_F(outbox_test, lets_commands_pass_a_presence_that_must_wait) {
  box.set_open(true);
  for (int i = 0; i < 6; ++i) command("p", opcode::presence_update);
  command("voice");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next(), "p");
  EXPECT_EQ(next(), "voice");
  EXPECT_EQ(next(), "-");
  EXPECT_EQ(box.ready_at(start + 1s), start + 20s);
  EXPECT_EQ(next(start + 20s), "p");
}

TEST_F(outbox_test, sends_heartbeats_when_the_limit_is_used_up) {
  box.set_open(true);
  for (int i = 0; i < 200; ++i) command("c");
  int sent = 0;
  while (box.next(start)) ++sent;
  EXPECT_EQ(sent, 116);
  EXPECT_EQ(box.ready_at(start), start + 60s);
  EXPECT_TRUE(box.push("beat", send_priority::heartbeat));
  EXPECT_EQ(box.ready_at(start), start);
  EXPECT_EQ(next(), "beat");
}

TEST_F(outbox_test, keeps_commands_for_the_next_connection) {
  box.set_open(true);
  for (int i = 0; i < 120; ++i) command("c");
  while (box.next(start)) {
  }
  EXPECT_TRUE(box.push("beat", send_priority::heartbeat));
  EXPECT_TRUE(box.push("resume", send_priority::session));
  box.on_new_connection();
  EXPECT_EQ(box.size(), 4U);
  EXPECT_EQ(next(), "c");  // the limit starts fresh
}

}  // namespace
}  // namespace gatehouse::gateway
