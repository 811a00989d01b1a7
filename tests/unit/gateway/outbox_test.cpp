#include <gatehouse/gateway/outbox.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

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

TEST(send_limiter, requested_heartbeats_take_what_commands_leave) {
  send_limiter limiter;
  for (int beat = 0; beat < 50; ++beat) limiter.sent(kind::requested_heartbeat, start);
  EXPECT_EQ(burst(limiter, start), 66U);
  EXPECT_EQ(burst(limiter, start, kind::requested_heartbeat), 1U);
  EXPECT_EQ(limiter.ready_at(kind::requested_heartbeat, start), start + 60s);
  EXPECT_EQ(limiter.ready_at(kind::heartbeat, start), start) << "the schedule is kept";
}

TEST(send_limiter, never_exceeds_the_window_however_it_is_shifted) {
  send_limiter limiter;
  std::deque<time_point> sent;
  for (time_point now = start; now < start + 10min; now += 50ms) {
    if ((now - start) % 41250ms < 50ms) {
      limiter.sent(kind::heartbeat, now);
      sent.push_back(now);
    }
    for (const auto what : {kind::command, kind::requested_heartbeat}) {
      if (limiter.ready_at(what, now) > now) continue;
      limiter.sent(what, now);
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
    return box.push_command(std::move(text), op).has_value();
  }
  std::string next(time_point now = start) {
    return box.next(now).value_or(outgoing_frame{"-"}).text;
  }

  outbox box;
};

TEST_F(outbox_test, is_empty_at_first) {
  EXPECT_EQ(next(), "-");
  EXPECT_EQ(box.ready_at(start), std::nullopt);
  EXPECT_EQ(box.size(), 0U);
}

TEST_F(outbox_test, a_flood_of_requested_heartbeats_stays_within_the_limit) {
  std::size_t sent = 0;
  for (int asked = 0; asked < 130; ++asked) {
    box.push_requested_heartbeat("beat");
    while (next() != "-") ++sent;
  }
  EXPECT_EQ(sent, 117U);
  EXPECT_EQ(box.ready_at(start + 1s), start + 60s) << "one waits";
  box.push_heartbeat("regular");
  box.push_requested_heartbeat("newest");
  EXPECT_EQ(next(start + 1s), "newest") << "the schedule is kept, with the newest position";
  EXPECT_EQ(box.ready_at(start + 1s), std::nullopt) << "and has answered what waited";
}

TEST_F(outbox_test, puts_heartbeats_first_and_commands_last) {
  box.set_open(true);
  command("c1");
  command("c2");
  box.push_session_frame("identify");
  box.push_heartbeat("beat");
  EXPECT_EQ(box.size(), 4U);
  EXPECT_EQ(next(), "beat");
  EXPECT_EQ(next(), "identify");
  EXPECT_EQ(next(), "c1");
  EXPECT_EQ(next(), "c2");
  EXPECT_EQ(next(), "-");
}

TEST_F(outbox_test, holds_commands_back_until_it_is_opened) {
  command("c");
  box.push_session_frame("resume");
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
  box.push_heartbeat("old");
  box.push_heartbeat("new");
  EXPECT_EQ(next(), "new");
  EXPECT_EQ(next(), "-");
}

TEST_F(outbox_test, refuses_commands_when_full_and_nothing_else) {
  outbox small{3};
  for (const auto* text : {"1", "2", "3"}) {
    EXPECT_TRUE(small.push_command(text, opcode::presence_update));
  }
  EXPECT_FALSE(small.push_command("4", opcode::voice_state_update));
  small.push_heartbeat("beat");
  small.push_session_frame("resume");
  small.set_open(true);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.next(start));
  EXPECT_TRUE(small.push_command("4", opcode::voice_state_update));
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
  box.push_heartbeat("beat");
  EXPECT_EQ(box.ready_at(start), start);
  EXPECT_EQ(next(), "beat");
}

TEST_F(outbox_test, keeps_commands_for_the_next_connection) {
  box.set_open(true);
  for (int i = 0; i < 120; ++i) command("c");
  while (box.next(start)) {
  }
  box.push_heartbeat("beat");
  box.push_session_frame("resume");
  box.on_new_connection();
  EXPECT_EQ(box.size(), 4U);
  EXPECT_EQ(next(), "c");  // the limit starts fresh
}

TEST_F(outbox_test, says_when_a_command_will_go_out) {
  box.set_open(true);
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 300; ++i) {
    numbers.push_back(*box.push_command("c", opcode::voice_state_update));
  }
  EXPECT_EQ(box.expected_at(numbers[115], start), start);
  EXPECT_EQ(box.expected_at(numbers[116], start), start + 60s);
  EXPECT_EQ(box.expected_at(numbers[299], start), start + 120s);
  while (box.next(start)) {
  }
  EXPECT_EQ(box.expected_at(numbers[115], start), std::nullopt);  // gone
  EXPECT_EQ(box.expected_at(numbers[116], start + 1s), start + 60s);
  EXPECT_EQ(box.expected_at(1'000, start), std::nullopt);
}

TEST_F(outbox_test, what_it_says_of_presences_and_commands_comes_true) {
  box.set_open(true);
  std::map<std::uint64_t, time_point> expected;
  for (int i = 0; i < 240; ++i) {
    const auto op = i % 20 == 0 ? opcode::presence_update : opcode::voice_state_update;
    expected[*box.push_command("c", op)] = {};
  }
  for (auto& [number, at] : expected) at = *box.expected_at(number, start);
  while (box.commands() > 0) {
    const auto at = *box.ready_at(start);
    while (const auto frame = box.next(at)) EXPECT_EQ(expected.at(frame->number), at);
  }
}

TEST_F(outbox_test, cannot_say_when_before_there_is_a_connection) {
  const auto number = box.push_command("c", opcode::voice_state_update);
  EXPECT_EQ(box.expected_at(*number, start), std::nullopt);
  box.set_open(true);
  EXPECT_EQ(box.expected_at(*number, start), start);
}

TEST_F(outbox_test, says_when_there_will_be_a_place) {
  outbox small{3};
  EXPECT_EQ(small.place_at(start), start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.push_command("c", opcode::voice_state_update));
  EXPECT_EQ(small.place_at(start), std::nullopt);
  small.set_open(true);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.next(start));
  for (int i = 0; i < 113; ++i) {
    EXPECT_TRUE(small.push_command("c", opcode::voice_state_update));
    EXPECT_TRUE(small.next(start + 10s));
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.push_command("c", opcode::voice_state_update));
  EXPECT_EQ(small.place_at(start + 20s), start + 60s);
  EXPECT_EQ(small.push_again("repeated", opcode::voice_state_update), 120U);
}

TEST_F(outbox_test, counts_what_it_drops) {
  command("c");
  command("p", opcode::presence_update);
  box.push_heartbeat("beat");
  EXPECT_EQ(box.drop_commands(), 2U);
  EXPECT_EQ(box.drop_commands(), 0U);
  EXPECT_EQ(next(), "beat");
}

}  // namespace
}  // namespace gatehouse::gateway
