#include "session_driver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

// Everything that can go wrong with a connection, and how the session gets the next one.

namespace gatehouse::gateway {
namespace {

using codes = std::vector<std::uint16_t>;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class session_loss : public session_test {
 protected:
  /// One resume that is cut after Resume was sent, up to the next attempt.
  session_driver::steps cut_resume() {
    shard.to_resuming();
    auto done = shard.disconnect();
    if (shard.machine.state() == shard_state::disconnected) done = shard.wait();
    return done;
  }
};

// ---- close codes ----

TEST_F(session_loss, resumes_after_these_codes) {
  for (const std::uint16_t code :
       codes{1000, 1001, 1006, 1009, 1011, 1012, 1013, 1014, 3000, 4000, 4001, 4002, 4005, 4999}) {
    session_driver one;
    one.to_connected();
    EXPECT_THAT(one.disconnect(code), ElementsAre("open wss://resume/?v=10")) << code;
    EXPECT_THAT(one.notes, Contains(HasSubstr("closed by Discord with " + std::to_string(code))));
  }
  shard.to_connected();
  EXPECT_THAT(shard.disconnect(), ElementsAre("open wss://resume/?v=10"));
}

TEST_F(session_loss, identifies_after_these_codes) {
  for (const std::uint16_t code : codes{4003, 4007, 4009}) {
    session_driver one;
    one.to_connected();
    EXPECT_THAT(one.disconnect(code), ElementsAre("lost abc after 1", "request identify")) << code;
    EXPECT_EQ(one.machine.resumable(), std::nullopt);
  }
}

TEST_F(session_loss, stops_for_good_after_these_codes_in_every_state) {
  for (const std::uint16_t code : codes{4004, 4010, 4011, 4012, 4013, 4014}) {
    const std::string refused = "refused " + std::to_string(code);
    session_driver waiting;
    waiting.to_awaiting_hello();
    EXPECT_THAT(waiting.disconnect(code), ElementsAre("identify abandoned", refused));
    session_driver identifying;
    identifying.to_identifying();
    EXPECT_THAT(identifying.disconnect(code), ElementsAre(refused));
    session_driver resuming;
    resuming.start(session_driver::stored());
    resuming.to_resuming();
    EXPECT_THAT(resuming.disconnect(code), ElementsAre(refused));
    session_driver connected;
    connected.to_connected();
    EXPECT_THAT(connected.disconnect(code), ElementsAre(refused));
    EXPECT_EQ(connected.machine.state(), shard_state::offline);
    EXPECT_EQ(connected.machine.deadline(), std::nullopt);
    EXPECT_THAT(connected.reconnect(reconnect_mode::identify), IsEmpty());
  }
}

TEST_F(session_loss, pauses_after_having_sent_too_fast) {
  for (const double die : {0.0, 0.999}) {
    session_driver one;
    one.to_connected();
    one.die = die;
    EXPECT_THAT(one.disconnect(4008), IsEmpty());
    EXPECT_GE(one.until_deadline(), 5s);
    EXPECT_LT(one.until_deadline(), 10s);
    EXPECT_THAT(one.wait(), ElementsAre("open wss://resume/?v=10"));
  }
}

TEST_F(session_loss, resumes_once_after_a_normal_closure_then_identifies) {
  shard.to_connected();
  EXPECT_THAT(shard.disconnect(1000), ElementsAre("open wss://resume/?v=10"));
  shard.to_resuming();
  EXPECT_THAT(shard.disconnect(1000), ElementsAre("lost abc after 1"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
}

TEST_F(session_loss, resumes_again_after_a_normal_closure_of_a_resumed_session) {
  shard.to_connected();
  for (std::int64_t seq = 2; seq < 6; ++seq) {
    EXPECT_THAT(shard.disconnect(1000), ElementsAre("open wss://resume/?v=10"));
    shard.to_resuming();
    EXPECT_THAT(shard.dispatch("RESUMED", seq), ElementsAre("resumed"));
    shard.now += 1min;
  }
}

TEST_F(session_loss, identifies_again_when_cut_before_ready) {
  for (const std::uint16_t code : codes{1000, 4000, 4003, 4009}) {
    session_driver one;
    one.to_identifying();
    EXPECT_THAT(one.disconnect(code), IsEmpty()) << code;
    EXPECT_THAT(one.wait(), ElementsAre("request identify")) << code;
  }
}

TEST_F(session_loss, hands_back_leave_that_was_not_used) {
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.disconnect(1006), ElementsAre("identify abandoned"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
  shard.allow();
  EXPECT_THAT(shard.fail_connect(), ElementsAre("identify abandoned"));
  EXPECT_THAT(shard.notes, Contains(HasSubstr("connecting failed: refused")));
}

TEST_F(session_loss, does_not_use_leave_that_ran_out) {
  shard.to_opening();
  shard.now += 50s;
  shard.connect();
  shard.now += 19s;
  EXPECT_THAT(shard.hello(), ElementsAre("close 4000", "identify abandoned"));
}

TEST_F(session_loss, does_not_use_leave_beyond_the_time_it_is_given_for) {
  shard.start();
  shard.allow(shard.now + 5s);
  shard.now += 4s;
  shard.connect();
  shard.now += 1s;
  EXPECT_THAT(shard.hello(), ElementsAre("close 4000", "identify abandoned"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
}

TEST_F(session_loss, hands_back_leave_that_is_withdrawn) {
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.withdraw(), ElementsAre("close 4000", "identify abandoned"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
  EXPECT_THAT(shard.withdraw(), IsEmpty()) << "there is none";
  shard.allow();
  shard.connect();
  shard.hello();
  EXPECT_THAT(shard.withdraw(), IsEmpty()) << "it is used";
}

TEST_F(session_loss, ignores_a_second_grant) {
  shard.to_opening();
  EXPECT_THAT(shard.allow(), IsEmpty());
  shard.connect();
  shard.hello();
  EXPECT_THAT(shard.allow(), ElementsAre("identify abandoned"));
}

// ---- op 7 ----

TEST_F(session_loss, reconnects_on_op_7_in_every_state) {
  shard.to_connected();
  EXPECT_THAT(shard.say(7, "null"), ElementsAre("close 4000", "open wss://resume/?v=10"));
  shard.connect();
  EXPECT_THAT(shard.say(7, "null"), ElementsAre("close 4000"));  // instead of Hello
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://resume/?v=10"));
  shard.to_resuming();
  EXPECT_THAT(shard.say(7, "null"), ElementsAre("close 4000"));
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://main/?v=10"));
  EXPECT_THAT(shard.notes, Contains("op 7: reconnecting to resume"));

  session_driver fresh;
  fresh.to_awaiting_hello();
  EXPECT_THAT(fresh.say(7), ElementsAre("close 4000", "identify abandoned"));
  EXPECT_THAT(fresh.wait(), ElementsAre("request identify"));
  fresh.allow();
  fresh.connect();
  fresh.hello();
  EXPECT_THAT(fresh.say(7), ElementsAre("close 4000"));
  EXPECT_THAT(fresh.wait(), ElementsAre("request identify"));
}

// ---- op 9 ----

TEST_F(session_loss, resumes_on_a_new_connection_after_op_9_true) {
  shard.to_connected();
  EXPECT_THAT(shard.say(9, "true"), ElementsAre("close 4000"));
  EXPECT_EQ(shard.machine.state(), shard_state::disconnected);
  EXPECT_EQ(shard.until_deadline(), 3s);
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://resume/?v=10"));
  shard.to_resuming();
  EXPECT_THAT(shard.say(9, "true"), ElementsAre("close 4000"));
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://resume/?v=10"));
}

TEST_F(session_loss, gives_the_session_up_after_op_9_false) {
  for (const auto* data : {"false", "null", "", "{}"}) {
    session_driver one;
    one.to_connected();
    one.dispatch("X", 812);
    EXPECT_THAT(one.say(9, data), ElementsAre("close 4000", "lost abc after 812"));
    EXPECT_EQ(one.machine.resumable(), std::nullopt);
    EXPECT_THAT(one.wait(), ElementsAre("request identify"));
    EXPECT_THAT(one.allow(), ElementsAre("open wss://main/?v=10"));
  }
}

TEST_F(session_loss, waits_one_to_five_seconds_after_op_9) {
  for (const double die : {0.0, 0.3, 0.999}) {
    for (const auto* data : {"true", "false"}) {
      session_driver one;
      one.to_connected();
      one.die = die;
      one.say(9, data);
      EXPECT_GE(one.until_deadline(), 1s);
      EXPECT_LT(one.until_deadline(), 5s);
    }
  }
}

TEST_F(session_loss, treats_op_9_before_ready_as_a_refused_identify) {
  for (const auto* data : {"true", "false"}) {
    session_driver one;
    one.to_identifying();
    EXPECT_THAT(one.say(9, data), ElementsAre("close 4000"));
    EXPECT_GE(one.until_deadline(), 1s);
    EXPECT_THAT(one.wait(), ElementsAre("request identify"));
    one.allow();
    one.connect();
    EXPECT_THAT(one.say(9, data), ElementsAre("close 4000", "identify abandoned"));
  }
}

TEST_F(session_loss, slows_down_when_identifying_is_refused_again_and_again) {
  shard.start();
  runtime::milliseconds last{};
  for (int attempt = 0; attempt < 12; ++attempt) {
    shard.allow();
    shard.connect();
    shard.hello();
    shard.say(9, "false");
    last = shard.until_deadline();
    shard.wait();
  }
  EXPECT_EQ(last, 60s);
}

// ---- timeouts ----

TEST_F(session_loss, gives_up_waiting_for_hello) {
  shard.to_awaiting_hello();
  EXPECT_EQ(shard.until_deadline(), hello_timeout);
  EXPECT_THAT(shard.wait(), ElementsAre("close 4000", "identify abandoned"));
  EXPECT_THAT(shard.notes, Contains(HasSubstr("no Hello")));
}

TEST_F(session_loss, gives_up_waiting_for_ready) {
  shard.to_identifying();
  const auto since = shard.now;
  session_driver::steps done;
  while (shard.machine.state() == shard_state::identifying) {
    done = shard.wait();
    shard.say(11);
  }
  EXPECT_EQ(shard.now - since, ready_timeout);
  EXPECT_THAT(done, ElementsAre("close 4000"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
}

TEST_F(session_loss, gives_up_a_resume_without_progress_only) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  for (std::int64_t seq = 41; seq < 60; ++seq) {
    shard.now += 30s;
    shard.timer();
    shard.say(11);
    shard.dispatch("X", seq);
    ASSERT_EQ(shard.machine.state(), shard_state::resuming);
  }
  const auto since = shard.now;
  while (shard.machine.state() == shard_state::resuming) {
    shard.wait();
    shard.say(11);
  }
  EXPECT_EQ(shard.now - since, resumed_timeout);
  EXPECT_THAT(shard.notes, Contains(HasSubstr("no progress")));
  EXPECT_EQ(shard.machine.resumable()->seq, 59);
}

// ---- pacing, and which URL ----

TEST_F(session_loss, reconnects_at_once_then_ever_slower) {
  shard.to_connected();
  EXPECT_THAT(shard.disconnect(), ElementsAre("open wss://resume/?v=10"));
  const runtime::milliseconds expected[] = {500ms, 1s, 2s, 4s, 5s, 5s, 5s};
  for (const auto delay : expected) {
    EXPECT_THAT(shard.fail_connect(), IsEmpty());
    EXPECT_EQ(shard.until_deadline(), delay);
    shard.wait();
  }
}

TEST_F(session_loss, is_quick_again_after_resumed) {
  shard.to_connected();
  shard.disconnect();
  for (int failure = 0; failure < 6; ++failure) {
    shard.fail_connect();
    shard.wait();
  }
  shard.to_resuming();
  EXPECT_THAT(shard.dispatch("RESUMED", 2), ElementsAre("resumed"));
  shard.now += 10s;
  EXPECT_THAT(shard.disconnect(), ElementsAre("open wss://resume/?v=10"));
}

TEST_F(session_loss, falls_back_to_the_main_url_and_keeps_the_session) {
  shard.to_connected();
  shard.disconnect();
  shard.fail_connect();
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://resume/?v=10"));
  shard.connect();
  EXPECT_THAT(shard.disconnect(), IsEmpty());
  EXPECT_THAT(shard.wait(), ElementsAre("open wss://main/?v=10"));
  EXPECT_THAT(shard.notes, Contains(HasSubstr("resume URL keeps failing")));
  shard.connect();
  EXPECT_THAT(shard.hello(), ElementsAre(HasSubstr(R"("session_id":"abc")")));
  shard.dispatch("RESUMED", 2);
  shard.now += 10s;
  EXPECT_THAT(shard.disconnect(), ElementsAre("open wss://resume/?v=10"));
}

TEST_F(session_loss, keeps_the_session_through_a_long_outage) {
  shard.to_connected();
  shard.disconnect();
  for (int failure = 0; failure < 100; ++failure) {
    shard.fail_connect();
    shard.wait();
  }
  EXPECT_EQ(shard.machine.resumable()->session_id, "abc");
}

TEST_F(session_loss, gives_up_a_bricked_session) {
  shard.to_connected();
  shard.disconnect();
  const auto since = shard.now;
  int cuts = 0;
  session_driver::steps done;
  while (shard.machine.resumable() && ++cuts < 20) {
    shard.to_resuming();
    shard.now += 1s;
    done = shard.disconnect();
    if (shard.machine.resumable()) shard.wait();
  }
  EXPECT_THAT(done, ElementsAre("lost abc after 1"));
  EXPECT_GE(cuts, 5);
  EXPECT_GE(shard.now - since, 60s);
  EXPECT_LT(shard.now - since, 150s);
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
}

TEST_F(session_loss, does_not_take_progress_for_a_bricked_session) {
  shard.to_connected();
  shard.disconnect();
  for (std::int64_t seq = 2; seq < 40; ++seq) {
    shard.to_resuming();
    shard.now += 10s;
    shard.dispatch("X", seq);
    shard.disconnect();
    shard.wait();
  }
  EXPECT_EQ(shard.machine.resumable()->seq, 39);
}

TEST_F(session_loss, needs_a_minute_of_cuts_before_it_gives_a_session_up) {
  shard.die = 0.0;
  shard.to_connected();
  shard.disconnect();
  for (int cut = 0; cut < 30; ++cut) {
    cut_resume();
    ASSERT_TRUE(shard.machine.resumable());
  }
}

TEST_F(session_loss, ignores_reports_that_come_too_late) {
  shard.to_connected();
  EXPECT_THAT(shard.connect(), IsEmpty());
  EXPECT_THAT(shard.fail_connect(), IsEmpty());
  shard.disconnect();
  EXPECT_THAT(shard.disconnect(4004), IsEmpty());
  EXPECT_THAT(shard.say(9, "false"), IsEmpty());
  EXPECT_THAT(shard.corrupt(), IsEmpty());
  EXPECT_EQ(shard.machine.state(), shard_state::connecting);
}

}  // namespace
}  // namespace gatehouse::gateway
