#include "daemon_process.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

/// Events that their handler refuses: where they end, and how they are delivered after all.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;

class dead_letters : public testing::Test {
 protected:
  struct outcome {
    int exit_code = -1;
    std::string output;
  };

  void start() { ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log(); }

  /// Everything has arrived but for so many.
  bool wait_until_missing(std::size_t count) {
    const bool is_taken =
        discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s);
    return is_taken &&
           wait_until([&] { return discord.registry()->missing().size() == count; }, 60s) &&
           wait_until([&] { return letters_in_file() == count; }, 20s);
  }
  [[nodiscard]] std::size_t letters_in_file() const {
    const auto text = read_file(run.state().path() / "dead-letters.ndjson");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  /// `gatehouse dead-letters` with the daemon's own configuration.
  outcome command(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"dead-letters", name, "--config",
                                       folder.write("gatehouse.toml", run.config().str())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    daemon_process process{arguments};
    const auto end = process.wait_for_end(30s);
    return {end && end->exit_code ? *end->exit_code : -1, process.log()};
  }
  void refuse(const std::string& type, std::uint32_t times, unsigned status = 400) {
    handler.add_rule({.answer = {.status = status}, .times = times, .event_type = type});
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{
      {.authorization = "handler-secret", .registry = discord.registry(), .keep_events = 100'000}};
  succession run{discord, handler};
  temporary_folder folder;

  dead_letters() { run.config().add("handlers", "authorization = \"handler-secret\""); }
};

TEST_F(dead_letters, are_what_was_refused_and_nothing_else) {
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("MESSAGE_CREATE", 3, 413);
  discord.flood(1'000);
  ASSERT_TRUE(wait_until_missing(3)) << run.daemon().log();
  const auto missing = discord.registry()->missing();
  const auto table = command("list");
  EXPECT_EQ(table.exit_code, 0);
  const auto json = command("list", {"--json"});
  EXPECT_EQ(json.exit_code, 0);
  for (const auto& event : missing) {
    EXPECT_EQ(event.type, "MESSAGE_CREATE");
    const auto id = event.session_id + ':' + std::to_string(event.seq);
    EXPECT_NE(table.output.find(id), std::string::npos) << table.output;
    EXPECT_NE(json.output.find("\"eventId\":\"" + id + '"'), std::string::npos) << json.output;
  }
  EXPECT_NE(json.output.find("\"status\":413"), std::string::npos);
  EXPECT_EQ((table.output + json.output).find("\"content\""), std::string::npos);
  EXPECT_EQ(handler.statistics().duplicates + handler.statistics().out_of_order, 0U);
}

TEST_F(dead_letters, one_of_a_batch_does_not_take_the_others_along) {
  run.config().add("handlers", "batch_max_events = 50").add("handlers", "max_in_flight = 1");
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("VOICE_STATE_UPDATE", 0);
  discord.flood(1'000);
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s));
  ASSERT_TRUE(wait_until(
      [&] {
        return letters_in_file() > 0 && letters_in_file() == discord.registry()->missing().size();
      },
      60s))
      << run.daemon().log();
  for (const auto& event : discord.registry()->missing()) {
    EXPECT_EQ(event.type, "VOICE_STATE_UPDATE");
  }
  EXPECT_GT(handler.statistics().largest_batch, 1U);
  handler.clear_rules();
  EXPECT_EQ(command("replay").exit_code, 0);
  EXPECT_TRUE(wait_for_everything(discord));
  EXPECT_EQ(handler.statistics().malformed_requests, 0U);
}

TEST_F(dead_letters, are_delivered_by_a_replay_once_the_handler_takes_them) {
  run.config().add("handlers", "signing_secret = \"signing-key\"");
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("MESSAGE_CREATE", 4);
  discord.flood(1'000);
  ASSERT_TRUE(wait_until_missing(4)) << run.daemon().log();
  const auto before = handler.statistics().events;
  const auto replay = command("replay");
  EXPECT_EQ(replay.exit_code, 0);
  EXPECT_NE(replay.output.find("4 accepted, 0 refused again"), std::string::npos) << replay.output;
  EXPECT_TRUE(wait_for_everything(discord));
  const auto got = handler.statistics();
  EXPECT_EQ(got.events, before + 4);
  EXPECT_EQ(got.altered + got.unknown + got.duplicates + got.malformed_requests, 0U);
  const auto last = handler.events().back();
  EXPECT_EQ(last.attempt, 2U);
  EXPECT_EQ(last.type, "MESSAGE_CREATE");
  EXPECT_EQ(last.signature.substr(0, 2), "t=");
  EXPECT_NE(command("list").output.find("no dead letters"), std::string::npos);
}

TEST_F(dead_letters, are_kept_by_a_replay_that_finds_the_handler_down) {
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("MESSAGE_CREATE", 3);
  discord.flood(1'000);
  ASSERT_TRUE(wait_until_missing(3)) << run.daemon().log();
  run.stop();
  handler.stop_listening();
  const auto down = command("replay", {"--json"});
  EXPECT_EQ(down.exit_code, 1);
  EXPECT_NE(down.output.find("{\"accepted\":0,\"refused\":0,\"unreadable\":0,\"remaining\":3,"),
            std::string::npos)
      << down.output;
  EXPECT_NE(down.output.find("stopped: " + handler.url()), std::string::npos) << down.output;
  handler.start_listening();
  refuse("MESSAGE_CREATE", 1, 503);
  EXPECT_EQ(command("replay").exit_code, 1);
  refuse("MESSAGE_CREATE", 1, 404);
  const auto wrong = command("replay");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.output.find("check the path"), std::string::npos) << wrong.output;
  EXPECT_EQ(discord.registry()->missing().size(), 3U);
  EXPECT_EQ(command("replay").exit_code, 0);
  EXPECT_TRUE(wait_for_everything(discord));
}

TEST_F(dead_letters, that_are_refused_again_wait_for_the_next_replay) {
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("MESSAGE_CREATE", 3);
  discord.flood(1'000);
  ASSERT_TRUE(wait_until_missing(3)) << run.daemon().log();
  refuse("MESSAGE_CREATE", 1, 422);
  const auto replay = command("replay");
  EXPECT_EQ(replay.exit_code, 0);
  EXPECT_NE(replay.output.find("2 accepted, 1 refused again"), std::string::npos) << replay.output;
  refuse("MESSAGE_CREATE", 1, 422);
  EXPECT_EQ(command("replay").exit_code, 1) << "all of it was in vain";
  EXPECT_EQ(command("replay", {"--event", "TYPING_START"}).exit_code, 0);
  const auto list = command("list", {"--json"});
  EXPECT_NE(list.output.find("\"status\":422"), std::string::npos) << list.output;
  EXPECT_NE(list.output.find("\"attempts\":3"), std::string::npos) << list.output;
  EXPECT_EQ(command("replay").exit_code, 0);
  EXPECT_TRUE(wait_for_everything(discord));
}

TEST_F(dead_letters, are_counted_over_a_restart) {
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  refuse("MESSAGE_CREATE", 3);
  discord.flood(1'000);
  ASSERT_TRUE(wait_until_missing(3)) << run.daemon().log();
  run.stop();
  start();
  const auto on_disk = [&](const std::string& count) {
    return wait_until(
        [&] {
          const auto metrics = http_get(run.daemon().admin_port(), "/metrics").body;
          return metrics.find("gatehouse_dead_letters_on_disk " + count + "\n") !=
                 std::string::npos;
        },
        20s);
  };
  EXPECT_TRUE(on_disk("3"));
  EXPECT_EQ(command("purge").exit_code, 0);
  EXPECT_TRUE(on_disk("0"));
}

/// A folder of nobody's, with what nobody could have planted there.
struct foreign_folder : dead_letters {
  static constexpr uid_t nobody = 65'534;

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    ASSERT_EQ(::chown(state.c_str(), nobody, nobody), 0);
    // So that nothing but the command itself protects what the links lead to.
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  }
  [[nodiscard]] uid_t owner_of(const std::filesystem::path& path) const {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_uid : ~0U;
  }
  const std::filesystem::path state = run.state().path();
};

TEST_F(foreign_folder, is_touched_as_its_owner_alone) {
  const auto ours = folder.write("ours", "");
  for (const std::string planted : {"dead-letters.lock", "dead-letters.unreadable"}) {
    std::filesystem::create_symlink(ours, state / planted);
    static_cast<void>(run.state().write("dead-letters.ndjson", "* * * * * root id\n"));
    ASSERT_EQ(::chown((state / "dead-letters.ndjson").c_str(), nobody, nobody), 0);
    EXPECT_EQ(command("replay").exit_code, 1) << planted;
    EXPECT_EQ(command("purge").exit_code, 1) << planted;
    EXPECT_EQ(owner_of(ours), 0U) << planted;
    EXPECT_EQ(read_file(ours), "") << planted;
    std::filesystem::remove(state / planted);
  }
  EXPECT_EQ(command("replay").exit_code, 0);
  EXPECT_EQ(owner_of(state / "dead-letters.lock"), nobody);
  EXPECT_EQ(owner_of(state / "dead-letters.unreadable"), nobody);
}

}  // namespace
}  // namespace gatehouse::test
