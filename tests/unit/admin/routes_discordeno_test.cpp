#include "control_fixture.hpp"

#include <gatehouse/telemetry/repeat_limit.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>

namespace gatehouse::admin {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using outcome = cluster::command_result::outcome;

/// Bodies as discordeno's bots send them, answers as its gateway processes give them.
class routes_discordeno_test : public test::control_fixture {
 protected:
  void expect(const std::string& body, unsigned status, const std::string& answer) {
    const auto reply = ask("POST", "/", body);
    EXPECT_EQ(reply.status, status) << body;
    EXPECT_EQ(reply.body, answer) << body;
  }
};

TEST_F(routes_discordeno_test, payloads_of_both_generations_of_bots) {
  expect(R"({"type":"SHARD_PAYLOAD","shardId":3,"data":{"op":8,"d":{"guild_id":"1"}}})", 200,
         R"({"processing":true})");
  expect(R"({"type":"ShardPayload","shardId":2,"payload":{"op":3,"d":{}}})", 200, "");
  EXPECT_THAT(control_.asked, ElementsAre(R"(payload 3 {"op":8,"d":{"guild_id":"1"}})",
                                          R"(payload 2 {"op":3,"d":{}})"));
}

TEST_F(routes_discordeno_test, a_payload_that_cannot_be_sent_is_no_success) {
  control_.command = {outcome::not_connected, 3, {}, "not connected"};
  expect(R"({"type":"SHARD_PAYLOAD","shardId":3,"data":{}})", 409,
         R"({"processing":false,"error":true,"message":"not connected"})");
  expect(R"({"type":"ShardPayload","shardId":3,"payload":{}})", 409,
         R"({"message":"not connected"})");
}

TEST_F(routes_discordeno_test, shard_info_lists_what_serves) {
  cluster::worker_metrics worker;
  worker.worker_id = 1;
  worker.shards = {shard_of(1), shard_of(0), shard_of(0, 1)};
  worker.shards[2].serves = false;
  worker.shards[0].rtt = runtime::milliseconds{41};
  metrics_.publish(worker);
  expect(R"({"type":"GET_SHARD_INFO"})", 200,
         R"([{"workerId":1,"shardId":0,"rtt":-1,"state":0},)"
         R"({"workerId":1,"shardId":1,"rtt":41,"state":0}])");
}

TEST_F(routes_discordeno_test, shard_of_a_guild) {
  cluster::worker_metrics worker;
  worker.shards = {shard_of(3)};
  worker.shards[0].rtt = runtime::milliseconds{41};
  metrics_.publish(worker);
  expect(R"({"type":"ShardInfoFromGuild","guildId":"81384788765712384"})", 200,
         R"({"shardId":3,"rtt":41})");
  control_.shard = 0;
  expect(R"({"type":"ShardInfoFromGuild"})", 200, R"({"shardId":0,"rtt":-1})");
  control_.shard.reset();
  expect(R"({"type":"ShardInfoFromGuild","guildId":"8388608"})", 400,
         R"({"error":"worker for shard 2 not found"})");
  EXPECT_THAT(control_.asked, ElementsAre("find 81384788765712384", "find 0", "find 8388608"));
}

TEST_F(routes_discordeno_test, a_presence_of_all_shards) {
  control_.presence_results = {{outcome::sent, 0}, {outcome::not_connected, 1}};
  expect(R"({"type":"EditShardsPresence","payload":{"status":"idle","activities":[]}})", 200, "");
  EXPECT_THAT(control_.asked, ElementsAre(R"(presence {"status":"idle","activities":[]})"));
  control_.presence_results = {{outcome::invalid, 0, {}, "no status"}};
  expect(R"({"type":"EditShardsPresence","payload":{}})", 400,
         R"({"message":"Invalid body: no status"})");
}

TEST_F(routes_discordeno_test, unknown_types_are_passed_over) {
  expect(R"({"type":"SOMETHING_ELSE"})", 200, R"({"processing":true})");
  expect(R"({"type":"SomethingElse"})", 200, "");
  EXPECT_THAT(captured_.lines(), Contains("info: POST /: unknown type SomethingElse"));
  EXPECT_THAT(control_.asked, IsEmpty());
}

TEST_F(routes_discordeno_test, unknown_types_do_not_fill_the_log) {
  for (int i = 0; i < 100; ++i) expect(R"({"type":"Again"})", 200, "");
  EXPECT_EQ(std::ranges::count(captured_.lines(), "info: POST /: unknown type Again"),
            static_cast<std::ptrdiff_t>(telemetry::repeat_limit::burst));
}

TEST_F(routes_discordeno_test, wrong_bodies) {
  expect("", 400, R"({"processing":false,"error":false,"message":"Empty body."})");
  expect("{", 400, R"({"processing":false,"error":true,"message":"Failed to parse body."})");
  expect("{}", 400, R"({"message":"Invalid body"})");
  expect(R"({"type":5})", 400, R"({"message":"Invalid body"})");
  const std::string number = "must be a number from 0 to 2147483647";
  expect(R"({"type":"SHARD_PAYLOAD","data":{}})", 400,
         R"({"processing":false,"error":true,"message":"shardId )" + number + "\"}");
  expect(R"({"type":"ShardPayload","shardId":"1","payload":{}})", 400,
         R"({"message":"Invalid body: shardId )" + number + "\"}");
  EXPECT_THAT(control_.asked, IsEmpty());
}

TEST_F(routes_discordeno_test, the_unauthorized_are_told_in_their_own_words) {
  auto reply = ask("POST", "/", R"({"type":"SHARD_PAYLOAD","shardId":3,"data":{}})", false);
  EXPECT_EQ(needs_, access::open) << "the row answers for itself";
  EXPECT_EQ(reply.status, 401U);
  EXPECT_EQ(reply.body,
            R"({"processing":false,"error":false,"message":"Invalid authorization header."})");
  for (const auto* body : {R"({"type":"ShardPayload","shardId":3,"payload":{}})", "", "{", "{}",
                           R"({"type":"Unknown"})"}) {
    reply = ask("POST", "/", body, false);
    EXPECT_EQ(reply.status, 401U) << body;
    EXPECT_EQ(reply.body, R"({"message":"Credentials not valid."})") << body;
  }
  EXPECT_THAT(control_.asked, IsEmpty());
}

TEST_F(routes_discordeno_test, timecheck) {
  EXPECT_THAT(ask("GET", "/timecheck").body, MatchesRegex(R"(\{"message":[0-9]{13}\})"));
}

}  // namespace
}  // namespace gatehouse::admin
