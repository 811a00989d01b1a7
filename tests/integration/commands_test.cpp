#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <future>
#include <map>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

const std::string soundboards = R"({"op":31,"d":{"guild_ids":["5"]}})";
const std::string everybody = R"({"query":"","limit":0})";

sim::sim_options discord_with_members() {
  auto options = quick_discord(2);
  options.members_per_guild = 2'500;
  options.member_request_window = 700ms;
  return options;
}

class commands_test : public testing::Test {
 public:
  void SetUp() override { ASSERT_TRUE(wait_for_start(daemon, 2)); }

  http_answer post(const std::string& path, const std::string& body) {
    return http_send(daemon.admin_port(), "POST", path, body);
  }
  std::string guild_of(std::uint64_t shard_id) {
    const auto guilds = discord.guild_ids();
    return std::to_string(*std::find_if(guilds.begin(), guilds.end(),
                                        [&](auto id) { return (id >> 22U) % 2 == shard_id; }));
  }
  static std::size_t members_in(const http_answer& answer) {
    simdjson::dom::parser parser;
    const simdjson::dom::element body = parser.parse(answer.body);
    return simdjson::dom::array{body["members"]}.size();
  }
  bool wait_for_commands(std::int64_t op, std::ptrdiff_t count) {
    return discord.wait_for(
        [&](const sim::statistics& now) {
          return std::count_if(now.commands.begin(), now.commands.end(),
                               [op](const auto& each) { return each.op == op; }) == count;
        },
        10s);
  }

  sim::simulator discord{discord_with_members()};
  sim::event_handler handler{{}};
  daemon_process daemon{
      config_text{discord, {handler.url()}}.add("discord", "intents = 53575423").str()};
};

TEST_F(commands_test, two_hundred_at_once_on_one_shard) {
  constexpr int callers = 20;
  std::vector<std::future<std::map<int, int>>> all;
  for (int caller = 0; caller < callers; ++caller) {
    all.push_back(std::async(std::launch::async, [this] {
      std::map<int, int> results;
      for (int i = 0; i < 200 / callers; ++i) {
        const auto answer = post("/shards/0/payload", soundboards);
        const bool is_sent = answer.body.find(R"("sent")") != std::string::npos;
        const bool is_queued = answer.body.find(R"("sendInMs")") != std::string::npos;
        EXPECT_EQ(answer.status, 202) << answer.body;
        EXPECT_NE(is_sent, is_queued) << answer.body;
        ++results[is_sent ? 1 : 0];
      }
      return results;
    }));
  }
  int sent = 0;
  for (auto& each : all) sent += each.get()[1];
  EXPECT_EQ(sent, 115);  // Identify counts, too
  EXPECT_TRUE(wait_for_commands(31, sent));
  EXPECT_THAT(discord.statistics().violations, testing::IsEmpty());
}

TEST_F(commands_test, members_come_joined_also_when_discord_limits_the_request) {
  std::vector<std::future<http_answer>> all;
  for (int i = 0; i < 2; ++i) {
    all.push_back(std::async(std::launch::async, [this] {
      return post("/guilds/" + guild_of(1) + "/members", everybody);
    }));
  }
  for (auto& each : all) {
    const auto answer = each.get();
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(members_in(answer), 2'500U);
  }
  EXPECT_TRUE(wait_for_commands(8, 3));
  EXPECT_EQ(post("/guilds/" + guild_of(1) + "/members", R"({"user_ids":["x"]})").status, 400);
}

TEST_F(commands_test, voice_is_joined_and_left) {
  const std::string path = "/guilds/" + guild_of(0) + "/voice";
  const auto joined = post(path, R"({"channel_id":"77","self_deaf":true})");
  EXPECT_EQ(joined.status, 200);
  EXPECT_NE(joined.body.find(R"("endpoint":"voice.localhost:443")"), std::string::npos);
  EXPECT_EQ(http_send(daemon.admin_port(), "DELETE", path).status, 202);
  EXPECT_TRUE(wait_for_commands(4, 2));
}

TEST_F(commands_test, a_presence_reaches_every_shard_and_new_sessions) {
  EXPECT_EQ(post("/presence", R"({"status":"idle","activities":[]})").status, 202);
  EXPECT_TRUE(wait_for_commands(3, 2));
  EXPECT_EQ(post("/shards/0/reconnect", R"({"mode":"identify"})").status, 202);
  EXPECT_TRUE(discord.wait_for(
      [](const sim::statistics& now) {
        return now.identifies.back().presence.find(R"("status":"idle")") != std::string::npos;
      },
      10s));
  EXPECT_EQ(post("/presence", R"({"status":"here","activities":[]})").status, 400);
}

TEST_F(commands_test, refusals_say_why) {
  EXPECT_EQ(post("/shards/9/payload", soundboards).status, 404);
  EXPECT_EQ(post("/shards/0/payload", R"({"op":1,"d":null})").status, 400);
  EXPECT_EQ(post("/shards/0/reconnect", R"({"mode":"never"})").status, 400);
}

}  // namespace
}  // namespace gatehouse::test
