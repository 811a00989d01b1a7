#include "daemon_process.hpp"
#include "running_cluster.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using sending = command_result::outcome;
using ending = request_result::outcome;

sim::sim_options small_discord() {
  sim::sim_options options;
  options.recommended_shards = 2;
  options.identify_window = 50ms;
  options.guilds = 6;
  options.guild_create_bytes = 1'000;
  options.members_per_guild = 2'500;
  options.member_request_window = 700ms;
  return options;
}

const std::string everybody = R"({"query":"","limit":0})";
const std::string soundboards = R"({"op":31,"d":{"guild_ids":["5"]}})";

class commands_test : public testing::Test {
 public:
  void SetUp() override { ASSERT_TRUE(cluster.wait_until_connected()); }

  std::uint64_t guild_of(int shard_id) {
    const auto guilds = cluster.discord().guild_ids();
    return *std::find_if(guilds.begin(), guilds.end(),
                         [&](auto id) { return static_cast<int>((id >> 22U) % 2) == shard_id; });
  }
  static std::ptrdiff_t commands(const sim::statistics& seen, std::int64_t op) {
    return std::count_if(seen.commands.begin(), seen.commands.end(),
                         [op](const auto& each) { return each.op == op; });
  }
  bool wait_for_commands(std::int64_t op, std::ptrdiff_t count) {
    return cluster.discord().wait_for(
        [&](const sim::statistics& now) { return commands(now, op) == count; }, 10s);
  }
  static std::size_t members_in(const std::string& body) {
    simdjson::dom::parser parser;
    const simdjson::dom::element answer = parser.parse(body);
    return simdjson::dom::array{answer["members"]}.size();
  }
  command_result send(int shard_id, const std::string& payload) {
    return cluster.ask(cluster.control().send_payload(shard_id, payload));
  }
  /// The shard's connection is cut, and it finds nobody to connect to.
  void cut(std::uint32_t shard_id) {
    cluster.discord().set_gateway_listening(false);
    cluster.discord().inject({.kind = sim::fault_kind::reset, .shard = shard_id});
    ASSERT_TRUE(cluster.discord().wait_for(
        [&](const sim::statistics& now) { return now.connected_sessions() == 1; }, 30s));
    // Its worker has noticed once it sends nothing at once any more.
    ASSERT_TRUE(test::wait_until(
        [&] { return send(static_cast<int>(shard_id), soundboards).what == sending::queued; },
        30s));
  }

  test::running_cluster cluster{small_discord()};
};

TEST_F(commands_test, says_what_became_of_a_command) {
  const auto sent = send(1, soundboards);
  EXPECT_EQ(sent.what, sending::sent);
  EXPECT_EQ(sent.shard_id, 1);
  EXPECT_TRUE(cluster.discord().wait_for(
      [&](const sim::statistics& now) { return now.commands.size() == 1; }, 10s));
  EXPECT_EQ(send(2, soundboards).what, sending::unknown_shard);
  const auto refused = send(0, R"({"op":2,"d":{}})");
  EXPECT_EQ(refused.what, sending::invalid);
  EXPECT_EQ(refused.error, "op must be one of 3, 4, 8, 31, 43");
}

TEST_F(commands_test, two_hundred_at_once_keep_to_the_limit_and_say_so) {
  for (int i = 0; i < 200; ++i) {
    cluster.start(cluster.control().send_payload(0, soundboards));
  }
  std::map<sending, int> results;
  for (int i = 0; i < 200; ++i) {
    const auto result = cluster.finish<command_result>();
    ++results[result.what];
    if (result.what == sending::sent) continue;
    ASSERT_TRUE(result.send_in);
    EXPECT_GT(*result.send_in, 30s);
    EXPECT_LE(*result.send_in, 61s);
  }
  EXPECT_EQ(results[sending::sent], 115);  // Identify counts, too
  EXPECT_EQ(results[sending::queued], 85);
  EXPECT_TRUE(cluster.discord().wait_for(
      [&](const sim::statistics& now) { return now.commands.size() == 115; }, 10s));
  for (int i = 0; i < 415; ++i) {
    EXPECT_EQ(send(0, soundboards).what, sending::queued);
  }
  const auto full = send(0, soundboards);
  EXPECT_EQ(full.what, sending::limited);
  ASSERT_TRUE(full.send_in);
  EXPECT_LE(*full.send_in, 60s);
  EXPECT_TRUE(cluster.discord().statistics().violations.empty());
  cluster.stop();
  const auto log = cluster.log();
  EXPECT_NE(
      std::find(log.begin(), log.end(), "warning: shard 0: 500 commands were not sent any more"),
      log.end());
}

TEST_F(commands_test, joins_the_chunks_of_a_guild) {
  const auto answer = cluster.ask(cluster.control().request_members(guild_of(0), everybody));
  ASSERT_EQ(answer.what, ending::answered);
  EXPECT_EQ(members_in(answer.body), 2'500U);
}

TEST_F(commands_test, answers_many_requests_at_once) {
  for (int i = 0; i < 60; ++i) {
    cluster.start(
        cluster.control().request_members(guild_of(i % 2), R"({"query":"user_1","limit":50})"));
  }
  for (int i = 0; i < 60; ++i) {
    const auto answer = cluster.finish<request_result>();
    ASSERT_EQ(answer.what, ending::answered);
    EXPECT_EQ(members_in(answer.body), 50U);
  }
}

TEST_F(commands_test, asks_again_when_discord_limits_a_request) {
  for (int i = 0; i < 2; ++i) {
    cluster.start(cluster.control().request_members(guild_of(1), everybody));
  }
  for (int i = 0; i < 2; ++i) {
    const auto answer = cluster.finish<request_result>();
    ASSERT_EQ(answer.what, ending::answered);
    EXPECT_EQ(members_in(answer.body), 2'500U);
  }
  EXPECT_EQ(commands(cluster.discord().statistics(), 8), 3);
}

TEST_F(commands_test, refuses_requests_that_cannot_be_sent) {
  const auto refused = cluster.ask(cluster.control().request_members(guild_of(0), "{}"));
  EXPECT_EQ(refused.what, ending::failed);
  EXPECT_EQ(refused.command.what, sending::invalid);
}

TEST_F(commands_test, refuses_a_nonce_that_is_in_use) {
  cut(0);  // so that the first one stays under way
  const std::string named = R"({"query":"","limit":0,"nonce":"n"})";
  cluster.start(cluster.control().request_members(guild_of(0), named));
  cluster.start(cluster.control().request_members(guild_of(0), named));
  EXPECT_EQ(cluster.finish<request_result>().what, ending::name_taken);
  cluster.discord().set_gateway_listening(true);
  EXPECT_EQ(cluster.finish<request_result>().what, ending::answered);
}

TEST_F(commands_test, streams_members_without_waiting_for_them) {
  const auto sent = cluster.ask(cluster.control().stream_members(guild_of(1), everybody));
  EXPECT_EQ(sent.what, sending::sent);
  EXPECT_EQ(sent.shard_id, 1);
  const auto refused = cluster.ask(cluster.control().stream_members(guild_of(1), "[]"));
  EXPECT_EQ(refused.what, sending::invalid);
  EXPECT_TRUE(wait_for_commands(8, 1));
}

TEST_F(commands_test, joins_and_leaves_voice) {
  const auto joined = cluster.ask(cluster.control().join_voice(guild_of(1), 77, false, true));
  ASSERT_EQ(joined.what, ending::answered);
  EXPECT_NE(joined.body.find(R"("token":"voice-)" + std::to_string(guild_of(1)) +
                             R"(","endpoint":"voice.localhost:443"})"),
            std::string::npos);
  const auto left = cluster.ask(cluster.control().leave_voice(guild_of(1)));
  EXPECT_EQ(left.what, sending::sent);
  EXPECT_TRUE(wait_for_commands(4, 2));
}

TEST_F(commands_test, sets_the_presence_of_every_shard_also_of_new_sessions) {
  const auto results = cluster.ask(cluster.control().set_presence(R"({"status":"idle"})"));
  ASSERT_EQ(results.size(), 2U);
  for (int shard_id = 0; shard_id < 2; ++shard_id) {
    EXPECT_EQ(results[static_cast<std::size_t>(shard_id)].shard_id, shard_id);
    EXPECT_EQ(results[static_cast<std::size_t>(shard_id)].what, sending::sent);
  }
  EXPECT_TRUE(wait_for_commands(3, 2));
  EXPECT_EQ(cluster.ask(cluster.control().reconnect(0, gateway::reconnect_mode::identify)).what,
            sending::sent);
  EXPECT_TRUE(cluster.discord().wait_for(
      [](const sim::statistics& now) {
        return now.identifies.size() == 3 &&
               now.identifies.back().presence.find(R"("status":"idle")") != std::string::npos;
      },
      10s));
  const auto refused = cluster.ask(cluster.control().set_presence(R"({"status":"here"})"));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].what, sending::invalid);
}

TEST_F(commands_test, reconnects_by_resume) {
  EXPECT_EQ(cluster.ask(cluster.control().reconnect(1, gateway::reconnect_mode::resume)).what,
            sending::sent);
  EXPECT_TRUE(cluster.discord().wait_for(
      [](const sim::statistics& now) { return now.resumes_accepted == 1; }, 10s));
  EXPECT_EQ(cluster.ask(cluster.control().reconnect(5, gateway::reconnect_mode::resume)).what,
            sending::unknown_shard);
}

TEST_F(commands_test, keeps_what_is_asked_of_a_shard_that_is_about_to_resume) {
  cut(0);
  const auto queued = send(0, soundboards);
  EXPECT_EQ(queued.what, sending::queued);
  EXPECT_EQ(queued.send_in, std::nullopt);
  cluster.start(cluster.control().request_members(guild_of(0), everybody));
  const auto before = cluster.discord().statistics().commands.size();
  cluster.discord().set_gateway_listening(true);
  EXPECT_EQ(cluster.finish<request_result>().what, ending::answered);
  EXPECT_GT(cluster.discord().statistics().commands.size(), before + 1);
}

TEST_F(commands_test, ends_what_is_under_way_when_it_stops) {
  cut(0);
  cluster.start(cluster.control().request_members(guild_of(0), everybody));
  // A later question of the same worker is answered: the earlier one is with it.
  EXPECT_EQ(send(0, soundboards).what, sending::queued);
  cluster.stop();
  EXPECT_EQ(cluster.finish<request_result>().what, ending::ended);
}

TEST_F(commands_test, finds_the_shard_of_a_guild_and_shows_the_gate) {
  EXPECT_EQ(cluster.ask(cluster.control().find_shard(guild_of(1))), 1);
  EXPECT_EQ(cluster.ask(cluster.control().find_shard(std::nullopt)), 0);
  const auto gate = cluster.ask(cluster.control().get_gate());
  EXPECT_EQ(gate.identifies_left, 998);
  EXPECT_EQ(gate.identifies_total, 1'000);
  EXPECT_EQ(gate.max_concurrency, 1);
  EXPECT_EQ(gate.waiting, 0U);
}

}  // namespace
}  // namespace gatehouse::cluster
