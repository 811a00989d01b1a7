#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/mount.h>

/// State directories that are full, read-only, or hold rubbish.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint32_t shards = 2;

/// A small file system of its own on a folder, while it lives.
class small_disk {
 public:
  explicit small_disk(const fs::path& folder, const char* options = "size=1m") : folder_(folder) {
    is_mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, options) == 0;
  }
  ~small_disk() {
    if (is_mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] bool is_mounted() const noexcept { return is_mounted_; }
  bool make_read_only() {
    return ::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }
  /// To the last byte.
  void fill() {
    std::ofstream filler{folder_ / "filler", std::ios::binary | std::ios::app};
    filler.rdbuf()->pubsetbuf(nullptr, 0);
    const std::string page(4'096, 'x');
    while (filler.write(page.data(), 4'096)) {
    }
  }
  void make_room() { fs::remove(folder_ / "filler"); }

 private:
  fs::path folder_;
  bool is_mounted_;
};

struct disk_fixture : testing::Test {
  void start() { ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log(); }
  void expect_everything_delivered() {
    EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    expect_flawless(handler);
  }
  void damage(const std::string& file) {
    const auto path = run.state().path() / file;
    ASSERT_TRUE(fs::exists(path)) << path;
    std::ofstream{path, std::ios::binary} << std::string(50'000, '#');
    fs::remove(path.string() + "-wal");
    fs::remove(path.string() + "-shm");
  }
  /// The damaged file is kept under another name.
  void expect_set_aside(const std::string& file) {
    EXPECT_TRUE(run.daemon().wait_for_log(file + ".damaged-")) << run.daemon().log();
    bool is_kept = false;
    for (const auto& entry : fs::directory_iterator{run.state().path()}) {
      is_kept = is_kept || entry.path().filename().string().starts_with(file + ".damaged-");
    }
    EXPECT_TRUE(is_kept);
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
};

TEST_F(disk_fixture, full_leaves_the_events_in_memory) {
  small_disk disk{run.state().path()};
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a file system takes root";
  start();
  expect_everything_delivered();
  handler.stop_listening();
  discord.flood(10'000);
  ASSERT_TRUE(run.daemon().wait_for_log("error [storage]")) << run.daemon().log();
  // Not at every moment: a small batch may still fit.
  EXPECT_TRUE(wait_until(
      [&] {
        const auto metrics = http_get(run.daemon().admin_port(), "/metrics").body;
        return metrics.find("gatehouse_spool_working 0\n") != std::string::npos;
      },
      10s));
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s));
  handler.start_listening();
  expect_everything_delivered();
  run.stop();
}

/// What an earlier run has left can be read without any room, however that run has ended.
TEST_F(disk_fixture, full_at_the_start_costs_neither_a_session_nor_an_event) {
  small_disk disk{run.state().path(), "size=16m"};
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a file system takes root";
  for (const bool is_killed : {true, false}) {
    SCOPED_TRACE(is_killed ? "killed" : "stopped");
    start();
    EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    handler.stop_listening();
    discord.flood(3'000);
    ASSERT_TRUE(
        discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s));
    if (is_killed) {
      run.kill();
    } else {
      run.stop();
    }
    disk.fill();
    start();
    discord.flood(1'000);
    handler.start_listening();
    EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    disk.make_room();
    ASSERT_TRUE(run.daemon().wait_for_log("sessions.db is saved again")) << run.daemon().log();
    run.stop();
  }
  // What was delivered when there was no room to note it, and when it was killed, may come again.
  const auto got = handler.statistics();
  EXPECT_EQ(got.out_of_order + got.gaps + got.altered + got.unknown + got.malformed_requests, 0U);
  EXPECT_EQ(discord.statistics().identifies.size(), shards);
}

/// Another program may have it locked, say for a copy.
TEST_F(disk_fixture, a_file_that_cannot_be_opened_yet_is_waited_for) {
  start();
  expect_everything_delivered();
  run.stop();
  const auto sessions = run.state().path() / "sessions.db";
  fs::rename(sessions, sessions.string() + ".elsewhere");
  // A link in its place is refused; as sure an error as a lock, and without a second SQLite.
  fs::create_symlink(sessions.string() + ".elsewhere", sessions);
  run.start();
  ASSERT_TRUE(run.daemon().wait_for_log("the start waits for it")) << run.daemon().log();
  fs::rename(sessions.string() + ".elsewhere", sessions);
  ASSERT_TRUE(wait_for_start(run.daemon(), shards)) << run.daemon().log();
  EXPECT_EQ(discord.statistics().identifies.size(), shards);
  run.stop();
}

TEST_F(disk_fixture, full_sheds_in_the_order_asked_for) {
  run.config()
      .add("queue", "memory_mb = 1")
      .add("queue", "spool_mb = 1")
      .add("queue", "shed = [\"TYPING_START\"]");
  start();
  ASSERT_TRUE(wait_for_everything(discord));
  handler.stop_listening();
  const auto guilds = discord.guild_ids();
  const std::string filler(1'000, 'x');
  const auto emit = [&](const std::string& type, std::size_t number) {
    const auto guild = std::to_string(guilds[number % guilds.size()]);
    discord.emit_to_guild(guilds[number % guilds.size()], type,
                          R"({"guild_id":")" + guild + R"(","text":")" + filler + R"("})");
  };
  // The second kind alone would fit into memory and disk, both together do not.
  for (std::size_t i = 0; i < 6'000; ++i) emit("TYPING_START", i);
  for (std::size_t i = 0; i < 300; ++i) emit("CHANNEL_UPDATE", i);
  ASSERT_TRUE(run.daemon().wait_for_log("TYPING_START: queue.memory_mb is used up"))
      << run.daemon().log();
  handler.start_listening();
  EXPECT_TRUE(handler.wait_until(
      [](const sim::handler_statistics& now) {
        const auto got = now.by_type.find("CHANNEL_UPDATE");
        return got != now.by_type.end() && got->second == 300;
      },
      60s))
      << run.daemon().log();
  EXPECT_EQ(run.daemon().log().find("CHANNEL_UPDATE: queue.memory_mb"), std::string::npos);
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
}

TEST_F(disk_fixture, read_only_is_said_and_done_without) {
  small_disk disk{run.state().path()};
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a file system takes root";
  ASSERT_TRUE(disk.make_read_only());
  start();
  EXPECT_TRUE(run.daemon().wait_for_log("kept in memory only")) << run.daemon().log();
  handler.stop_listening();
  discord.flood(1'000);
  ASSERT_TRUE(run.daemon().wait_for_log("is down"));
  handler.start_listening();
  expect_everything_delivered();
  run.stop();
}

TEST_F(disk_fixture, a_state_directory_that_cannot_be_made_is_done_without) {
  const auto file = run.state().write("file", "");
  run.config().add("state", "dir = \"" + file + "/below\"");
  start();
  EXPECT_TRUE(run.daemon().wait_for_log("kept in memory only")) << run.daemon().log();
  discord.flood(1'000);
  expect_everything_delivered();
  run.stop();
}

TEST_F(disk_fixture, a_damaged_spool_is_set_aside) {
  start();
  expect_everything_delivered();
  run.stop();
  damage("spool.db");
  start();
  expect_set_aside("spool.db");
  handler.stop_listening();
  discord.flood(5'000);
  ASSERT_TRUE(run.daemon().wait_for_log("is down"));
  handler.start_listening();
  expect_everything_delivered();
  EXPECT_EQ(discord.statistics().identifies.size(), shards) << "the sessions are another file";
}

TEST_F(disk_fixture, damaged_sessions_are_set_aside_and_identified_anew) {
  start();
  expect_everything_delivered();
  run.stop();
  damage("sessions.db");
  start();
  expect_set_aside("sessions.db");
  EXPECT_EQ(discord.statistics().identifies.size(), 2U * shards);
  discord.flood(1'000);
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s));
  EXPECT_EQ(handler.statistics().malformed_requests, 0U);
}

}  // namespace
}  // namespace gatehouse::test
