#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

/// A changed configuration takes effect without a shard being dropped.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;

class reload : public testing::Test {
 public:
  void SetUp() override { ASSERT_TRUE(wait_for_start(run_.start(), shards)); }
  void TearDown() override {
    EXPECT_EQ(discord_.statistics().connections, shards) << "no shard was dropped";
  }

  /// Rewrites the file of the running daemon.
  void write(const std::string& text) {
    static_cast<void>(run_.daemon().folder().write("gatehouse.toml", text));
  }
  http_answer post_reload() {
    return http_send(run_.daemon().admin_port(), "POST", "/config/reload", "");
  }
  std::string handlers(const sim::event_handler& handler) {
    return "urls = [\"" + handler.url() + "\"]";
  }
  std::uint64_t send_to_all(std::string_view type) {
    std::uint64_t total = 0;
    for (const auto guild : discord_.guild_ids()) total += discord_.emit(guild, type);
    return total;
  }

  sim::simulator discord_{quick_discord(shards)};
  sim::event_handler first_{{.registry = discord_.registry()}};
  sim::event_handler second_{{.registry = discord_.registry()}};
  succession run_{discord_, first_};
};

TEST_F(reload, events_go_to_another_handler_in_order) {
  discord_.set_rate(2'000);
  ASSERT_TRUE(wait_for_events(first_, 1'000));
  write(run_.config().add("handlers", handlers(second_)).str());
  const auto answer = post_reload();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find("handlers.urls"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("\"revision\":2"), std::string::npos) << answer.body;
  ASSERT_TRUE(wait_for_events(second_, 1'000)) << run_.daemon().log();
  discord_.set_rate(0);
  EXPECT_TRUE(wait_for_everything(discord_)) << run_.daemon().log();
  EXPECT_EQ(first_.statistics().out_of_order + second_.statistics().out_of_order, 0U);
  EXPECT_EQ(first_.statistics().repeated + second_.statistics().repeated, 0U);
}

/// What has piled up for a handler that is gone, in memory and on disk, goes to the new one.
TEST_F(reload, the_queue_moves_to_the_new_handler) {
  ASSERT_TRUE(wait_for_events(first_, shards));
  first_.stop_listening();
  const auto before = discord_.statistics().events;
  discord_.set_rate(2'000);
  ASSERT_TRUE(wait_until_sent(discord_, before + 4'000));
  discord_.set_rate(0);
  write(run_.config().add("handlers", handlers(second_)).str());
  run_.daemon().send_signal(SIGHUP);
  EXPECT_TRUE(wait_for_everything(discord_)) << run_.daemon().log();
  EXPECT_EQ(second_.statistics().out_of_order + second_.statistics().gaps, 0U);
}

/// `listen` waits for a restart, `authorization` does not: together they would open the port.
TEST(reload_of_the_admin_port, never_opens_it_to_strangers) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("admin", "listen = \"0.0.0.0:0\"")
                            .add("admin", "authorization = \"swordfish\"")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  static_cast<void>(
      daemon.folder().write("gatehouse.toml", config_text{discord, {handler.url()}}.str()));
  daemon.send_signal(SIGHUP);
  EXPECT_TRUE(daemon.wait_for_log("admin.authorization: is needed")) << daemon.log();
  EXPECT_EQ(http_get(daemon.admin_port(), "/status").status, 401);
}

TEST_F(reload, filters_and_envelope_change_at_once) {
  write(run_.config()
            .add("events", "drop = [\"TYPING_START\"]")
            .add("handlers", "envelope = \"payload\"")
            .str());
  ASSERT_EQ(post_reload().status, 200);
  const auto filtered = [&] {
    return http_get(run_.daemon().admin_port(), "/status").body.find("\"filtered\":16") !=
           std::string::npos;
  };
  send_to_all("TYPING_START");
  EXPECT_TRUE(wait_until(filtered, 10s)) << http_get(run_.daemon().admin_port(), "/status").body;
  send_to_all("MESSAGE_CREATE");
  EXPECT_TRUE(first_.wait_until(
      [&](const sim::handler_statistics& now) { return now.by_type.contains("MESSAGE_CREATE"); },
      10s));
  EXPECT_FALSE(first_.statistics().by_type.contains("TYPING_START"));
}

TEST_F(reload, a_file_with_an_error_changes_nothing) {
  write(run_.config().add("handlers", "timeout_ms = \"soon\"").str());
  const auto answer = post_reload();
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("handlers.timeout_ms"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("\"revision\":1"), std::string::npos) << answer.body;
}

TEST_F(reload, names_what_needs_a_restart) {
  write(run_.config().add("gateway", "total_workers = 2").str());
  const auto answer = post_reload();
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("needsRestart":["gateway.total_workers"])"), std::string::npos)
      << answer.body;
}

TEST_F(reload, presence_and_secret_change_at_once) {
  write(run_.config()
            .add("discord", "presence = {status = \"idle\"}")
            .add("admin", "authorization = \"changed\"")
            .str());
  ASSERT_EQ(post_reload().status, 200);
  EXPECT_TRUE(discord_.wait_for(
      [](const sim::statistics& now) { return now.commands.size() == shards; }, 10s));
  for (const auto& command : discord_.statistics().commands) {
    EXPECT_EQ(command.op, 3);
    EXPECT_NE(command.text.find("\"idle\""), std::string::npos) << command.text;
  }
  EXPECT_EQ(http_get(run_.daemon().admin_port(), "/shards").status, 401);
}

}  // namespace
}  // namespace gatehouse::test
