#include "session_driver.hpp"

#include <gmock/gmock.h>

namespace gatehouse::gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// How long what is slow, silent or lost is waited for, and what is asked for again.
class session_patience : public session_test {};

// ---- slow, silent, or lost ----

/// 400 kB at 2 KiB/s: pieces every half second, the ACKs behind them.
TEST_F(session_patience, an_event_that_trickles_in_is_life) {
  shard.to_connected();
  for (int half_seconds = 0; half_seconds < 400; ++half_seconds) {
    shard.now += 500ms;
    shard.machine.on_bytes(false, shard.now);
    if (shard.machine.deadline() <= shard.now) {
      EXPECT_THAT(shard.timer(), ElementsAre(HasSubstr(R"("op":1,)")));
    }
  }
  EXPECT_EQ(shard.machine.state(), shard_state::connected);
}

TEST_F(session_patience, gives_up_a_peer_that_trickles_for_ever) {
  shard.to_connected();
  const time_point begin = shard.now;
  while (shard.machine.state() == shard_state::connected && shard.now < begin + 1h) {
    shard.machine.on_bytes(false, shard.now);
    shard.wait();
  }
  EXPECT_LE(shard.now - begin, (heartbeat::most_unacknowledged + 1) * 40s);
  EXPECT_EQ(shard.machine.state(), shard_state::connecting);
  EXPECT_THAT(shard.notes, Contains(HasSubstr("not acknowledged")));
}

TEST_F(session_patience, a_slow_replay_and_a_slow_ready_are_waited_for) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  session_driver fresh;
  fresh.to_identifying();
  for (session_driver* each : {&shard, &fresh}) {
    const auto state = each->machine.state();
    for (int second = 0; second < 150; ++second) {
      each->now += 1s;
      each->machine.on_bytes(false, each->now);
      if (each->machine.deadline() <= each->now) each->timer();
    }
    EXPECT_EQ(each->machine.state(), state);
  }
}

TEST_F(session_patience, acknowledgements_are_no_progress_of_a_resume) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  for (int second = 0; second < 59; ++second) {
    shard.now += 1s;
    shard.say(11);
    if (shard.machine.deadline() <= shard.now) shard.timer();
  }
  EXPECT_EQ(shard.machine.state(), shard_state::resuming);
  shard.now += 2s;
  shard.say(11);
  shard.timer();
  EXPECT_NE(shard.machine.state(), shard_state::resuming);
}

TEST_F(session_patience, a_lost_report_of_a_dial_is_not_waited_for) {
  shard.to_opening();
  EXPECT_EQ(shard.until_deadline(), opening_timeout);
  EXPECT_THAT(shard.wait(), ElementsAre("close 4000", "identify abandoned"));
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
  session_driver held;
  held.start(session_driver::stored());
  EXPECT_THAT(held.wait(), ElementsAre("close 4000"));
  EXPECT_THAT(held.wait(), ElementsAre("open wss://stored/?v=10"));
}

TEST_F(session_patience, a_held_session_comes_back_soon_after_a_long_outage) {
  shard.die = 0.999;
  shard.to_connected();
  shard.disconnect();
  const time_point begin = shard.now;
  while (shard.now < begin + 10min) {
    shard.fail_connect();
    EXPECT_LE(shard.until_deadline(), backoff::resume_cap);
    shard.wait();
  }
}

TEST_F(session_patience, says_how_the_connection_was_lost) {
  shard.to_connected();
  shard.disconnect();
  EXPECT_THAT(shard.notes, Contains("connection lost: reset"));
}

// ---- an event that could not be kept ----

TEST_F(session_patience, resumes_from_before_an_event_that_was_taken_back) {
  shard.to_connected();
  shard.dispatch("A", 2);
  shard.dispatch("B", 5);
  shard.machine.take_back(5);
  EXPECT_EQ(shard.machine.resumable()->seq, 2);
  shard.disconnect();
  shard.to_resuming();
  shard.dispatch("B", 5);
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward) << "it is new again";
}

TEST_F(session_patience, resumes_from_nothing_if_ready_was_taken_back) {
  shard.to_connected();
  shard.machine.take_back(1);
  EXPECT_EQ(shard.machine.resumable()->seq, 0);
}

TEST_F(session_patience, takes_back_the_newest_event_only) {
  shard.to_connected();
  shard.dispatch("A", 2);
  shard.dispatch("B", 3);
  shard.machine.take_back(2);
  EXPECT_EQ(shard.machine.resumable()->seq, 3);
}

// ---- where a resume goes ----

TEST_F(session_patience, resumes_only_where_the_token_is_safe) {
  for (const auto* named :
       {"ws://resume", "http://resume", "http+unix:///etc/passwd:/x", "resume"}) {
    session_driver one;
    EXPECT_THAT(one.start(resume_point{"old", named, 40}), ElementsAre("open wss://main/?v=10"))
        << named;
  }
}

TEST_F(session_patience, resumes_unencrypted_where_the_main_url_is_unencrypted) {
  session_driver one;
  one.machine.set_gateway_url("ws://main");
  EXPECT_THAT(one.start(resume_point{"old", "ws://resume", 40}),
              ElementsAre("open ws://resume/?v=10"));
}

}  // namespace
}  // namespace gatehouse::gateway
