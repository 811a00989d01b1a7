#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/process.hpp>
#include <gatehouse/telemetry/recent_log.hpp>

#include <gmock/gmock.h>
#include <spdlog/logger.h>

#include <temporary_folder.hpp>
#include <thread>

namespace gatehouse::telemetry {
namespace {

void add(recent_log& log, const std::string& text,
         config::log_level level = config::log_level::info) {
  log.add({std::chrono::system_clock::time_point{std::chrono::milliseconds{7}}, level, "c", text});
}

TEST(recent_log, keeps_the_last_lines_and_goes_on_numbering) {
  recent_log log;
  EXPECT_TRUE(log.read(0).lines.empty());
  EXPECT_EQ(log.read(0).next, 1U);
  for (std::size_t i = 1; i <= recent_log::kept_lines + 3; ++i) add(log, std::to_string(i));
  const auto all = log.read(0);
  ASSERT_EQ(all.lines.size(), recent_log::kept_lines);
  EXPECT_EQ(all.lines.front().number, 4U);
  EXPECT_EQ(all.lines.front().text, "[c] 4");
  EXPECT_EQ(all.lines.front().unix_ms, 7);
  EXPECT_EQ(all.lines.back().number + 1, all.next);
  EXPECT_EQ(log.read(all.next - 2).lines.size(), 2U);
  EXPECT_TRUE(log.read(all.next).lines.empty());
  EXPECT_TRUE(log.read(all.next + 100).lines.empty());
}

TEST(recent_log, keeps_warnings_longer) {
  recent_log log;
  constexpr std::size_t kept_warnings = 100;
  for (std::size_t i = 0; i < kept_warnings + 2; ++i) {
    add(log, "w", config::log_level::warn);
    add(log, "i");
  }
  for (std::size_t i = 0; i < recent_log::kept_lines; ++i) add(log, "i");
  const auto all = log.read(0);
  ASSERT_EQ(all.lines.size(), kept_warnings + recent_log::kept_lines);
  EXPECT_EQ(all.lines.front().number, 5U);
  EXPECT_EQ(all.lines[1].number, 7U);
  EXPECT_EQ(all.lines[1].level, config::log_level::warn);
  EXPECT_EQ(all.lines[kept_warnings].level, config::log_level::info);
  EXPECT_EQ(log.read(7).lines.front().number, 7U);
  EXPECT_EQ(log.read(all.next - 2).lines.size(), 2U);
}

TEST(recent_log, passes_over_what_is_below_info) {
  recent_log log;
  add(log, "a", config::log_level::debug);
  add(log, "b", config::log_level::error);
  ASSERT_EQ(log.read(0).lines.size(), 1U);
  EXPECT_EQ(log.read(0).lines.front().level, config::log_level::error);
}

TEST(recent_log, cuts_a_long_line) {
  recent_log log;
  add(log, std::string(100'000, 'x'));
  EXPECT_LT(log.read(0).lines.front().text.size(), recent_log::longest_text + 10);
}

TEST(recent_log, is_filled_by_the_log) {
  const test::temporary_folder folder;
  config::log_settings settings;
  settings.file = folder.path() / "log";
  logging log{settings};
  log.get("shard")->debug("not this");
  log.get("shard")->warn("line {}", 1);
  while (log.recent().read(0).lines.empty()) std::this_thread::yield();
  EXPECT_EQ(log.recent().read(0).lines.front().text, "[shard] line 1");
}

TEST(process, is_read) {
  const auto before = read_process();
  EXPECT_GT(before.resident_bytes, 1U << 20);
  EXPECT_GE(before.open_files, 3U);
  EXPECT_GT(before.max_files, before.open_files);
  EXPECT_GE(before.threads, 1U);
  EXPECT_GE(before.cpu_seconds, 0);
  EXPECT_GT(before.start_unix_seconds, 1'500'000'000);
  std::thread another{[&] { EXPECT_GE(read_process().threads, 2U); }};
  another.join();
}

}  // namespace
}  // namespace gatehouse::telemetry
