#include "session_driver.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

namespace gatehouse::gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using codes = std::vector<std::uint16_t>;

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

// ---- payloads that cannot be read ----

TEST_F(session_patience, passes_over_a_payload_that_it_cannot_read) {
  shard.to_connected();
  shard.dispatch("A", 2);
  EXPECT_THAT(shard.unreadable(), IsEmpty());
  EXPECT_EQ(shard.machine.resumable()->seq, 2) << "not before it can be told";
  EXPECT_THAT(shard.dispatch("B", 4), ElementsAre("unreadable 3 to 3"));
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
  EXPECT_THAT(shard.dispatch("C", 6), IsEmpty()) << "Discord leaves numbers out by itself";
}

TEST_F(session_patience, has_nothing_to_tell_of_an_unreadable_payload_without_a_number) {
  shard.to_connected();
  shard.unreadable();
  EXPECT_THAT(shard.dispatch("A", 2), IsEmpty());
}

TEST_F(session_patience, asks_again_for_what_came_around_an_unreadable_payload) {
  shard.to_connected();
  shard.dispatch("A", 2);
  shard.unreadable();
  shard.disconnect();
  shard.connect();
  EXPECT_THAT(shard.hello(), ElementsAre(testing::HasSubstr(R"("seq":2)")));
  shard.unreadable();
  shard.unreadable();
  EXPECT_THAT(shard.dispatch("B", 5), ElementsAre("unreadable 3 to 4"));
  EXPECT_THAT(shard.dispatch("RESUMED", 6), ElementsAre("resumed"));
}

TEST_F(session_patience, cannot_do_without_hello_and_ready) {
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.unreadable(), ElementsAre("close 4000", "identify abandoned"));
  session_driver identifying;
  identifying.to_identifying();
  EXPECT_THAT(identifying.unreadable(), ElementsAre("close 4000"));
}

TEST_F(session_patience, takes_a_long_row_of_unreadable_payloads_for_a_damaged_stream) {
  shard.to_connected();
  for (int i = 0; i < 16; ++i) ASSERT_THAT(shard.unreadable(), IsEmpty()) << i;
  EXPECT_THAT(shard.unreadable(), ElementsAre("close 4000", "open wss://resume/?v=10"));
}

TEST_F(session_patience, no_close_before_resume_was_sent_costs_the_session) {
  for (const std::uint16_t code :
       codes{1000, 1011, 1013, 3000, 4003, 4006, 4007, 4009, 4200, 4900}) {
    session_driver one;
    one.start(session_driver::stored());
    for (int i = 0; i < 20; ++i) {
      one.connect();
      EXPECT_THAT(one.disconnect(code), testing::AnyOf(IsEmpty(), ElementsAre(HasSubstr("open"))));
      if (one.machine.state() == shard_state::disconnected) one.wait();
    }
    one.connect();
    EXPECT_THAT(one.hello(), ElementsAre(HasSubstr(R"("session_id":"old")"))) << code;
  }
}

/// As a rolling restart of what stands in front of Discord does.
TEST_F(session_patience, an_edge_that_restarts_costs_no_session) {
  for (const std::uint16_t code : codes{1011, 1012, 1013, 1014}) {
    session_driver one;
    one.to_connected();
    one.disconnect(code);
    for (int i = 0; i < 3; ++i) {
      one.to_resuming();
      EXPECT_THAT(one.disconnect(code), testing::Not(Contains(HasSubstr("lost")))) << code;
      if (one.machine.state() == shard_state::disconnected) one.wait();
    }
  }
}

TEST_F(session_patience, tells_what_a_refused_session_loses_when_it_is_ended) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  shard.disconnect(4014);
  EXPECT_THAT(shard.stop(1000), ElementsAre("lost old after 40"));
}

}  // namespace
}  // namespace gatehouse::gateway
