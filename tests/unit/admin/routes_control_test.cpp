#include "control_fixture.hpp"

#include <gmock/gmock.h>

namespace gatehouse::admin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using command = cluster::command_result;
using request_ended = cluster::request_result::outcome;

class routes_control_test : public test::control_fixture {
 protected:
  /// Every refusal leaves the daemon alone.
  void expect_refused(const std::string& target, const std::string& body,
                      const std::string& reason) {
    const auto reply = ask("POST", target, body);
    EXPECT_EQ(reply.status, 400U) << target << ' ' << body;
    EXPECT_THAT(reply.body, HasSubstr(reason)) << target << ' ' << body;
    EXPECT_THAT(control_.asked, IsEmpty());
  }
};

TEST_F(routes_control_test, a_payload_is_passed_on_and_answered_truthfully) {
  const auto send = [this] { return ask("POST", "/shards/3/payload", R"({"op":3,"d":{}})"); };
  auto reply = send();
  EXPECT_EQ(needs_, access::authorized);
  EXPECT_EQ(reply.status, 202U);
  EXPECT_EQ(reply.body, R"({"shardId":3,"result":"sent"})");
  EXPECT_THAT(control_.asked, ElementsAre(R"(payload 3 {"op":3,"d":{}})"));

  control_.command = {command::outcome::queued, 3, runtime::milliseconds{1'200}};
  EXPECT_EQ(send().body, R"({"shardId":3,"result":"queued","sendInMs":1200})");

  control_.command = {command::outcome::limited, 3, runtime::milliseconds{1'200}};
  reply = send();
  EXPECT_EQ(reply.status, 429U);
  EXPECT_THAT(reply.headers, ElementsAre(Pair("Retry-After", "2")));
  EXPECT_THAT(reply.body, HasSubstr(R"("retryAfterMs":1200)"));
}

TEST_F(routes_control_test, what_went_wrong_with_a_command_has_its_status) {
  using outcome = command::outcome;
  const std::vector<std::pair<outcome, unsigned>> expected{{outcome::invalid, 400},
                                                           {outcome::unknown_shard, 404},
                                                           {outcome::not_connected, 409},
                                                           {outcome::no_answer, 503}};
  for (const auto& [what, status] : expected) {
    control_.command = {what, 3};
    const auto reply = ask("POST", "/shards/3/payload", "{}");
    EXPECT_EQ(reply.status, status);
    EXPECT_THAT(reply.body, HasSubstr(R"({"error":")"));
  }
  control_.command = {outcome::invalid, 3, {}, "op must be one of 3, 4"};
  EXPECT_THAT(ask("POST", "/shards/3/payload", "{}").body, R"({"error":"op must be one of 3, 4"})");
  EXPECT_EQ(ask("POST", "/shards/x/payload", "{}").status, 400U);
}

TEST_F(routes_control_test, a_presence_tells_of_every_shard) {
  control_.presence_results = {{command::outcome::sent, 0},
                               {command::outcome::queued, 1},
                               {command::outcome::not_connected, 2, {}, "no"}};
  const auto reply = ask("POST", "/presence", R"({"status":"dnd","activities":[]})");
  EXPECT_EQ(reply.status, 202U);
  EXPECT_EQ(reply.body,
            R"({"shards":3,"sent":1,"queued":1,"failed":[{"shardId":2,"error":"no"}]})");
  EXPECT_THAT(control_.asked, ElementsAre(R"(presence {"status":"dnd","activities":[]})"));
}

TEST_F(routes_control_test, a_presence_that_discord_would_not_take_is_refused) {
  expect_refused("/presence", R"({"status":"asleep"})", "d.status must be online, dnd");
  expect_refused("/presence", "[]", "the body must be a JSON object");
  expect_refused("/presence", "{", "the body is not JSON");
}

TEST_F(routes_control_test, reconnects_by_resume_unless_told) {
  EXPECT_EQ(ask("POST", "/shards/3/reconnect").status, 202U);
  EXPECT_EQ(ask("POST", "/shards/3/reconnect", R"({"mode":"identify"})").status, 202U);
  EXPECT_THAT(control_.asked, ElementsAre("reconnect 3 by resume", "reconnect 3 by identify"));
  control_.asked.clear();
  expect_refused("/shards/3/reconnect", R"({"mode":"x"})", "mode must be one of resume, identify");
  expect_refused("/shards/3/reconnect", R"({"mod":"x"})", "unknown key mod; allowed: mode");
}

TEST_F(routes_control_test, members_are_joined_or_streamed) {
  const auto joined = ask("POST", "/guilds/123/members",
                          R"({"query":"","limit":0,"user_ids":[5,"6","x"],"a\"b":[1,{"c":null}]})");
  EXPECT_EQ(joined.status, 200U);
  EXPECT_EQ(joined.body, R"({"joined":true})");
  const auto streamed = ask("POST", "/guilds/123/members", R"({"user_ids":7,"stream":true})");
  EXPECT_EQ(streamed.status, 202U);
  EXPECT_THAT(
      control_.asked,
      ElementsAre(
          R"(members 123 {"query":"","limit":0,"user_ids":["5","6","x"],"a\"b":[1,{"c":null}]})",
          R"(stream 123 {"user_ids":"7"})"));
}

TEST_F(routes_control_test, members_without_an_answer) {
  const std::vector<std::pair<request_ended, unsigned>> expected{{request_ended::no_answer, 504},
                                                                 {request_ended::ended, 503},
                                                                 {request_ended::name_taken, 409},
                                                                 {request_ended::failed, 404}};
  for (const auto& [what, status] : expected) {
    control_.answer = {.what = what, .command = {command::outcome::unknown_shard, 3}};
    EXPECT_EQ(ask("POST", "/guilds/123/members", R"({"query":"","limit":0})").status, status);
  }
}

TEST_F(routes_control_test, members_of_something_else_are_refused) {
  expect_refused("/guilds/x/members", "{}", "the guild must be a snowflake");
  expect_refused("/guilds/0/members", "{}", "the guild must be a snowflake");
  expect_refused("/guilds/1/members", R"({"stream":1})", "stream must be true or false");
  expect_refused("/guilds/1/members", R"({"guild_id":"2"})", "guild_id must be that of the path");
}

TEST_F(routes_control_test, voice_is_joined_and_left) {
  const auto joined = ask("POST", "/guilds/1/voice", R"({"channel_id":2,"self_deaf":true})");
  EXPECT_EQ(joined.status, 200U);
  EXPECT_EQ(ask("POST", "/guilds/1/voice", R"({"channel_id":"2","self_mute":true})").status, 200U);
  EXPECT_EQ(ask("DELETE", "/guilds/1/voice").status, 202U);
  EXPECT_THAT(control_.asked, ElementsAre("join 1 2 deaf", "join 1 2 mute", "leave 1"));
  control_.asked.clear();
  expect_refused("/guilds/1/voice", "{}", "channel_id must be a snowflake");
  expect_refused("/guilds/1/voice", R"({"channel_id":"1x"})", "channel_id must be a snowflake");
  expect_refused("/guilds/1/voice", R"({"channel_id":2,"mute":true})", "unknown key mute");
  control_.answer.what = request_ended::no_answer;
  EXPECT_EQ(ask("POST", "/guilds/1/voice", R"({"channel_id":2})").status, 504U);
}

TEST_F(routes_control_test, a_reshard_is_shown) {
  control_.progress = {.now_in = cluster::reshard_progress::phase::loading,
                       .from_shards = 4,
                       .to_shards = 8,
                       .connected = 8,
                       .loaded = 2,
                       .guilds = 100,
                       .waiting_for = "guilds",
                       .running_for = runtime::milliseconds{5},
                       .remaining = runtime::milliseconds{7},
                       .last_result = "done"};
  EXPECT_EQ(ask("GET", "/reshard").body,
            R"({"phase":"loading","from":4,"to":8,"connected":8,"loaded":2,"guilds":100,)"
            R"("waitingFor":"guilds","runningForMs":5,"remainingMs":7,"lastResult":"done"})");
}

TEST_F(routes_control_test, a_reshard_is_started_planned_and_refused) {
  using outcome = cluster::reshard_answer::outcome;
  control_.reshard_outcome = {outcome::started, {}, 4, 8, 8, 992, runtime::seconds{45}};
  auto reply = ask("POST", "/reshard", R"({"totalShards":8})");
  EXPECT_EQ(reply.status, 202U);
  EXPECT_EQ(reply.body, R"({"result":"started","from":4,"to":8,"identifiesNeeded":8,)"
                        R"("identifiesLeft":992,"durationMs":45000})");
  control_.reshard_outcome.what = outcome::planned;
  control_.reshard_outcome.identifies_left.reset();
  reply = ask("POST", "/reshard", R"({"dryRun":true})");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_THAT(reply.body, HasSubstr(R"("result":"planned")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("identifiesLeft":null)"));
  control_.reshard_outcome = {outcome::refused, "one is under way"};
  reply = ask("POST", "/reshard");
  EXPECT_EQ(reply.status, 409U);
  EXPECT_EQ(reply.body, R"({"error":"one is under way"})");
  EXPECT_THAT(control_.asked, ElementsAre("reshard 8", "reshard 0 dry", "reshard 0"));
  control_.asked.clear();
  expect_refused("/reshard", R"({"totalShards":-1})", "totalShards must be a number from 0 to");
  expect_refused("/reshard", R"({"totalShards":"8"})", "totalShards must be a number");
  expect_refused("/reshard", R"({"total":8})", "unknown key total; allowed: totalShards, dryRun");
}

TEST_F(routes_control_test, a_reshard_is_rolled_back_if_there_is_one) {
  EXPECT_EQ(ask("DELETE", "/reshard").body, R"({"result":"rolling back"})");
  control_.can_cancel = false;
  EXPECT_EQ(ask("DELETE", "/reshard").status, 409U);
}

TEST_F(routes_control_test, the_configuration_in_force) {
  control_.config = {2, "/etc/g.toml", "[log]\n", R"({"log":{"level":"info"}})"};
  EXPECT_EQ(ask("GET", "/config").body,
            R"({"revision":2,"file":"/etc/g.toml","values":{"log":{"level":"info"}}})");
  const auto text = ask("GET", "/config?format=toml");
  EXPECT_EQ(text.body, "[log]\n");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(ask("GET", "/config?format=xml").status, 400U);
}

TEST_F(routes_control_test, a_reload_tells_what_came_of_it) {
  control_.reload_outcome = {true, 2, {"handlers.urls"}, {"gateway.total_shards"}};
  auto reply = ask("POST", "/config/reload");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, R"({"applied":true,"revision":2,"changed":["handlers.urls"],)"
                        R"("needsRestart":["gateway.total_shards"]})");
  control_.reload_outcome = {false, 1, {}, {}, {"a.toml:1:2: x: is bad"}};
  reply = ask("POST", "/config/reload");
  EXPECT_EQ(reply.status, 422U);
  EXPECT_THAT(reply.body, HasSubstr("a.toml:1:2: x: is bad\",\"applied\":false,\"revision\":1,"
                                    "\"problems\":[\"a.toml:1:2: x: is bad\"]}"));
}

}  // namespace
}  // namespace gatehouse::admin
