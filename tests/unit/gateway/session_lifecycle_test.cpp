#include "session_driver.hpp"

#include <gtest/gtest.h>

#include <string>

// The ordinary course of a session: identify, resume, heartbeats, events, the end.

namespace gatehouse::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class session_lifecycle : public session_test {};

TEST_F(session_lifecycle, asks_for_leave_before_it_connects) {
  EXPECT_EQ(shard.machine.state(), shard_state::offline);
  EXPECT_THAT(shard.start(), ElementsAre("request identify"));
  EXPECT_EQ(shard.machine.state(), shard_state::unidentified);
  EXPECT_EQ(shard.machine.deadline(), std::nullopt);

  EXPECT_THAT(shard.allow(), ElementsAre("open wss://main/?v=10"));
  EXPECT_EQ(shard.machine.state(), shard_state::connecting);
  EXPECT_THAT(shard.connect(), IsEmpty());
  EXPECT_EQ(shard.machine.state(), shard_state::connecting);
  EXPECT_EQ(shard.until_deadline(), 20s);

  EXPECT_THAT(shard.hello(),
              ElementsAre(StartsWith(R"(send {"op":2,"d":{"token":"Bot )"), "identify sent"));
  EXPECT_EQ(shard.machine.state(), shard_state::identifying);
  EXPECT_EQ(shard.until_deadline(), 20s);  // the first beat
  EXPECT_EQ(shard.machine.heartbeat_interval(), 40s);

  EXPECT_THAT(shard.dispatch("READY", 1, session_driver::ready_data),
              ElementsAre("started abc at wss://resume"));
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
  EXPECT_EQ(shard.machine.state(), shard_state::connected);
  EXPECT_EQ(shard.machine.resumable(), (resume_point{"abc", "wss://resume", 1}));
}

TEST_F(session_lifecycle, resumes_a_stored_session_at_once) {
  EXPECT_THAT(shard.start(session_driver::stored()), ElementsAre("open wss://stored/?v=10"));
  shard.connect();
  EXPECT_THAT(
      shard.hello(),
      ElementsAre(R"(send {"op":6,"d":{"token":"Bot secret-token","session_id":"old","seq":40}})"));
  EXPECT_EQ(shard.machine.state(), shard_state::resuming);

  EXPECT_THAT(shard.dispatch("MESSAGE_CREATE", 41), IsEmpty());
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);  // the replay
  EXPECT_EQ(shard.machine.state(), shard_state::resuming);
  EXPECT_THAT(shard.dispatch("RESUMED", 42), ElementsAre("resumed"));
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
  EXPECT_EQ(shard.machine.state(), shard_state::connected);
  EXPECT_EQ(shard.machine.resumable(), (resume_point{"old", "wss://stored", 42}));
}

TEST_F(session_lifecycle, identifies_where_the_stored_session_has_no_id) {
  EXPECT_THAT(shard.start(resume_point{}), ElementsAre("request identify"));
}

TEST_F(session_lifecycle, resumes_at_the_main_url_without_a_resume_url) {
  EXPECT_THAT(shard.start(resume_point{"old", "", 1}), ElementsAre("open wss://main/?v=10"));
}

TEST_F(session_lifecycle, makes_urls_of_any_base) {
  const std::pair<const char*, const char*> bases[] = {{"wss://g", "wss://g/?v=10"},
                                                       {"wss://g/", "wss://g/?v=10"},
                                                       {"wss://g/path", "wss://g/path/?v=10"},
                                                       {"wss://g/?a=b", "wss://g/?a=b&v=10"},
                                                       {"wss://g?v=9", "wss://g/?v=10"},
                                                       {"wss://g/?", "wss://g/?v=10"},
                                                       {"wss://g/?compress=zlib-stream&a=b&v=9&vv=1"
                                                        "&encoding=etf&",
                                                        "wss://g/?a=b&vv=1&v=10"}};
  for (const auto& [base, url] : bases) {
    session_driver one;
    one.machine.set_gateway_url(base);
    one.start();
    EXPECT_THAT(one.allow(), ElementsAre(std::string("open ") + url));
  }
}

TEST_F(session_lifecycle, starts_once) {
  shard.to_connected();
  EXPECT_THAT(shard.start(session_driver::stored()), IsEmpty());
  EXPECT_EQ(shard.machine.state(), shard_state::connected);
}

TEST_F(session_lifecycle, identifies_with_the_presence_set_last) {
  shard.machine.set_presence(R"({"status":"idle","activities":[]})");
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.hello(), ElementsAre(HasSubstr(R"("status":"idle")"), "identify sent"));
}

// ---- sequence numbers ----

TEST_F(session_lifecycle, forwards_what_is_newer_only) {
  shard.to_connected();
  const std::pair<std::int64_t, dispatch_verdict> events[] = {
      {2, dispatch_verdict::forward}, {2, dispatch_verdict::ignore},
      {1, dispatch_verdict::ignore},  {9, dispatch_verdict::forward},  // gaps are normal
      {8, dispatch_verdict::ignore},  {0, dispatch_verdict::ignore},
      {-1, dispatch_verdict::ignore}, {10, dispatch_verdict::forward}};
  for (const auto& [seq, verdict] : events) {
    EXPECT_THAT(shard.dispatch("TYPING_START", seq), IsEmpty());
    EXPECT_EQ(shard.verdict, verdict) << seq;
  }
  EXPECT_EQ(shard.machine.resumable()->seq, 10);
  EXPECT_THAT(shard.notes, testing::Not(testing::Contains(HasSubstr("gap"))));
}

TEST_F(session_lifecycle, ignores_events_outside_a_session) {
  shard.to_awaiting_hello();
  shard.dispatch("READY", 1, session_driver::ready_data);
  EXPECT_EQ(shard.verdict, dispatch_verdict::ignore);
  shard.hello();
  shard.dispatch("MESSAGE_CREATE", 1);
  EXPECT_EQ(shard.verdict, dispatch_verdict::ignore);
  EXPECT_EQ(shard.machine.state(), shard_state::identifying);
}

TEST_F(session_lifecycle, begins_the_count_anew_with_a_new_session) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  shard.say(9, "false");
  EXPECT_THAT(shard.wait(), ElementsAre("request identify"));
  shard.allow();
  shard.connect();
  shard.hello();
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":null})"));
  shard.dispatch("READY", 1, session_driver::ready_data);
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
  EXPECT_EQ(shard.machine.resumable()->seq, 1);
}

// ---- heartbeats ----

TEST_F(session_lifecycle, beats_at_a_random_moment_first_then_every_interval) {
  shard.die = 0.25;
  shard.to_connected();
  EXPECT_EQ(shard.until_deadline(), 10s);
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":1})"));
  EXPECT_EQ(shard.until_deadline(), 40s);
  shard.now += 120ms;
  shard.say(11);
  EXPECT_EQ(shard.machine.rtt(), 120ms);
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":1})"));
}

TEST_F(session_lifecycle, beats_as_it_is_told) {
  std::optional<std::int64_t> proposed;
  shard.machine.set_beat_chooser([&](const session::planned_beat& beat) {
    proposed = beat.seq;
    EXPECT_EQ(beat.next, 40s);
    return session::planned_beat{std::nullopt, 2s};
  });
  shard.to_connected();
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":null})"));
  EXPECT_EQ(proposed, 1);
  EXPECT_EQ(shard.until_deadline(), 2s);
  EXPECT_EQ(shard.machine.heartbeat_interval(), 2s);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":null})"));
  EXPECT_EQ(shard.until_deadline(), 2s) << "one that is asked for changes no rhythm";
}

TEST_F(session_lifecycle, does_nothing_before_the_deadline) {
  shard.to_connected();
  shard.now += 19s;
  EXPECT_THAT(shard.timer(), IsEmpty());
}

TEST_F(session_lifecycle, beats_with_null_before_the_first_event) {
  shard.to_identifying();
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":null})"));
}

TEST_F(session_lifecycle, beats_with_the_safe_position_once_it_is_known) {
  shard.to_connected();
  shard.dispatch("X", 7);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":7})"));
  shard.machine.set_safe_seq(4);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":4})"));
  shard.machine.set_safe_seq(8);  // not received in this session: of an earlier one
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":4})"));
  shard.machine.set_safe_seq(-3);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":4})"));
}

TEST_F(session_lifecycle, forgets_the_safe_position_with_its_session) {
  shard.to_connected();
  shard.dispatch("X", 900);
  shard.machine.set_safe_seq(800);
  shard.disconnect(4009);
  shard.machine.set_safe_seq(850);
  shard.allow();
  shard.connect();
  shard.hello();
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":null})"));
  shard.dispatch("READY", 1, session_driver::ready_data);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":1})"));
}

TEST_F(session_lifecycle, beats_on_request_in_every_state_with_a_schedule) {
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.say(1), IsEmpty());  // before Hello nothing may be sent
  shard.hello();
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":null})"));
  shard.dispatch("READY", 1, session_driver::ready_data);
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":1})"));
  shard.disconnect();
  EXPECT_THAT(shard.say(1), IsEmpty());
  shard.to_resuming();
  EXPECT_THAT(shard.say(1), ElementsAre(R"(send {"op":1,"d":1})"));
}

TEST_F(session_lifecycle, resumes_a_connection_that_went_silent) {
  shard.to_connected();
  shard.wait();
  EXPECT_THAT(shard.wait(), ElementsAre("close 4000", "open wss://resume/?v=10"));
  EXPECT_THAT(shard.notes.back(), HasSubstr("nothing received"));
}

TEST_F(session_lifecycle, takes_events_without_acks_for_life) {
  shard.to_connected();
  for (std::int64_t seq = 2; seq < 10; ++seq) {
    EXPECT_THAT(shard.wait(), ElementsAre(StartsWith(R"(send {"op":1)")));
    shard.dispatch("X", seq);
  }
}

TEST_F(session_lifecycle, keeps_beating_while_it_waits_for_ready_or_resumed) {
  shard.die = 0.0;
  shard.to_identifying();
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":null})"));
  shard.dispatch("READY", 1, session_driver::ready_data);
  shard.disconnect();
  shard.to_resuming();
  EXPECT_THAT(shard.wait(), ElementsAre(R"(send {"op":1,"d":1})"));
}

// ---- unusual payloads ----

TEST_F(session_lifecycle, ignores_unknown_opcodes) {
  shard.to_connected();
  for (const int op : {2, 3, 5, 6, 8, 12, 31, 43, 99, -1}) EXPECT_THAT(shard.say(op), IsEmpty());
  EXPECT_EQ(shard.machine.state(), shard_state::connected);
}

TEST_F(session_lifecycle, ignores_a_second_hello) {
  shard.to_connected();
  EXPECT_THAT(shard.hello(), IsEmpty());
}

TEST_F(session_lifecycle, gives_up_a_connection_with_an_absurd_hello) {
  for (const auto* data : {"", "null", "{}", R"({"heartbeat_interval":null})",
                           R"({"heartbeat_interval":"40000"})", R"({"heartbeat_interval":9})",
                           R"({"heartbeat_interval":-1})", R"({"heartbeat_interval":0})",
                           R"({"heartbeat_interval":600001})", R"({"heartbeat_interval":1e300})"}) {
    session_driver one;
    one.to_awaiting_hello();
    EXPECT_THAT(one.say(10, data), ElementsAre("close 4000", "identify abandoned")) << data;
    EXPECT_EQ(one.machine.state(), shard_state::disconnected);
    EXPECT_THAT(one.wait(), ElementsAre("request identify"));
  }
}

TEST_F(session_lifecycle, takes_hello_intervals_of_simulators) {
  for (const auto* data : {R"({"heartbeat_interval":10})", R"({"heartbeat_interval":41250.0})",
                           R"({"_trace":["[]"],"heartbeat_interval":600000})"}) {
    session_driver one;
    one.to_awaiting_hello();
    one.say(10, data);
    EXPECT_EQ(one.machine.state(), shard_state::identifying) << data;
  }
}

TEST_F(session_lifecycle, takes_ready_without_a_session_for_a_corrupt_stream) {
  for (const auto* data : {"{}", "null", R"({"session_id":""})", R"({"session_id":5})", "{"}) {
    session_driver one;
    one.to_identifying();
    EXPECT_THAT(one.dispatch("READY", 1, data), ElementsAre("close 4000")) << data;
    EXPECT_EQ(one.verdict, dispatch_verdict::ignore);
    EXPECT_EQ(one.machine.resumable(), std::nullopt);
    EXPECT_THAT(one.wait(), ElementsAre("request identify"));
  }
}

TEST_F(session_lifecycle, reads_a_large_ready) {
  std::string data = R"({"guilds":[)";
  for (int guild = 0; guild < 2500; ++guild) {
    data += R"({"id":"197038439483310086","unavailable":true},)";
  }
  data.back() = ']';
  data += R"(,"session_id":"big","resume_gateway_url":"wss://r"})";
  shard.to_identifying();
  EXPECT_THAT(shard.dispatch("READY", 1, data), ElementsAre("started big at wss://r"));
}

TEST_F(session_lifecycle, forwards_its_own_ready_within_a_replay) {
  shard.start(resume_point{"abc", "wss://resume", 0});
  shard.to_resuming();
  EXPECT_THAT(shard.dispatch("READY", 1, session_driver::ready_data), IsEmpty());
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
  EXPECT_EQ(shard.machine.state(), shard_state::resuming);
}

TEST_F(session_lifecycle, accepts_another_session_in_answer_to_a_resume) {
  shard.start(session_driver::stored());
  shard.to_resuming();
  EXPECT_THAT(shard.dispatch("READY", 1, session_driver::ready_data),
              ElementsAre("lost old after 40", "started abc at wss://resume"));
  EXPECT_EQ(shard.verdict, dispatch_verdict::forward);
}

TEST_F(session_lifecycle, resumes_after_a_corrupt_stream) {
  shard.to_connected();
  EXPECT_THAT(shard.corrupt(), ElementsAre("close 4000", "open wss://resume/?v=10"));
}

// ---- by hand ----

TEST_F(session_lifecycle, reconnects_by_hand) {
  shard.to_connected();
  EXPECT_THAT(shard.reconnect(reconnect_mode::resume),
              ElementsAre("close 4000", "open wss://resume/?v=10"));
  EXPECT_THAT(shard.reconnect(reconnect_mode::identify),
              ElementsAre("close 1000", "lost abc after 1", "request identify"));
  EXPECT_THAT(shard.reconnect(reconnect_mode::identify), IsEmpty());
  EXPECT_THAT(shard.reconnect(reconnect_mode::resume), IsEmpty());
}

TEST_F(session_lifecycle, goes_on_at_once_by_hand_while_it_waits) {
  shard.to_connected();
  shard.disconnect();
  shard.fail_connect();
  ASSERT_EQ(shard.machine.state(), shard_state::disconnected);
  EXPECT_THAT(shard.reconnect(reconnect_mode::resume), ElementsAre("open wss://resume/?v=10"));
}

TEST_F(session_lifecycle, hands_back_leave_when_reconnected_by_hand) {
  shard.to_awaiting_hello();
  EXPECT_THAT(shard.reconnect(reconnect_mode::resume),
              ElementsAre("close 1000", "identify abandoned", "request identify"));
}

TEST_F(session_lifecycle, keeps_or_ends_the_session_on_a_stop) {
  shard.to_connected();
  EXPECT_THAT(shard.stop(4000), ElementsAre("close 4000"));
  EXPECT_EQ(shard.machine.state(), shard_state::offline);
  EXPECT_EQ(shard.machine.resumable()->session_id, "abc");
  EXPECT_EQ(shard.machine.deadline(), std::nullopt);

  session_driver other;
  other.to_connected();
  EXPECT_THAT(other.stop(1000), ElementsAre("close 1000", "lost abc after 1"));
  EXPECT_EQ(other.machine.resumable(), std::nullopt);
  EXPECT_THAT(other.stop(1000), IsEmpty()) << "told once";
}

TEST_F(session_lifecycle, stops_from_every_state) {
  shard.start();
  EXPECT_THAT(shard.stop(4000), ElementsAre("identify abandoned"));

  session_driver opening;
  opening.to_opening();
  EXPECT_THAT(opening.stop(4000), ElementsAre("close 4000", "identify abandoned"));

  session_driver waiting;
  waiting.to_connected();
  waiting.disconnect();
  waiting.fail_connect();
  EXPECT_THAT(waiting.stop(4000), IsEmpty());
  waiting.now += 1h;
  EXPECT_THAT(waiting.timer(), IsEmpty());
}

TEST_F(session_lifecycle, stays_stopped) {
  shard.to_connected();
  shard.stop(4000);
  EXPECT_THAT(shard.start(), IsEmpty());
  EXPECT_THAT(shard.connect(), IsEmpty());
  EXPECT_THAT(shard.hello(), IsEmpty());
  EXPECT_THAT(shard.disconnect(), IsEmpty());
  EXPECT_THAT(shard.corrupt(), IsEmpty());
  EXPECT_THAT(shard.reconnect(reconnect_mode::identify), IsEmpty());
  EXPECT_THAT(shard.stop(1000), ElementsAre("lost abc after 1")) << "given up after all";
  EXPECT_THAT(shard.dispatch("X", 99), IsEmpty());
  EXPECT_EQ(shard.verdict, dispatch_verdict::ignore);
  EXPECT_THAT(shard.allow(), ElementsAre("identify abandoned"));  // a grant that crossed the stop
}

}  // namespace
}  // namespace gatehouse::gateway
