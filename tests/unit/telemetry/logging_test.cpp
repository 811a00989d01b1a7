#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <gmock/gmock.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <temporary_folder.hpp>
#include <thread>
#include <unistd.h>

namespace gatehouse::telemetry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class logging_test : public testing::Test {
 protected:
  logging_test() { settings_.file = path("gatehouse.log"); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::string written() const { return test::read_file(settings_.file); }

  test::temporary_folder folder_;
  config::log_settings settings_;
};

TEST_F(logging_test, everything_is_written_by_the_time_of_destruction) {
  {
    logging log{settings_};
    const auto shard = log.get("shard");
    for (int i = 0; i < 100; ++i) shard->info("line {}", i);
  }
  const std::string text = written();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_THAT(text, HasSubstr("info  [shard] line 0\n"));
  EXPECT_THAT(text, HasSubstr("info  [shard] line 99\n"));
}

TEST_F(logging_test, an_existing_file_is_appended_to) {
  std::ofstream{settings_.file} << "earlier\n";
  { logging{settings_}.get("app")->info("later"); }
  EXPECT_THAT(written(), testing::StartsWith("earlier\n"));
  EXPECT_THAT(written(), HasSubstr("later"));
}

TEST_F(logging_test, json_lines) {
  settings_.format = config::log_format::json;
  { logging{settings_}.get("app")->warn("a\nb"); }
  EXPECT_THAT(written(), HasSubstr(R"("level":"warn","component":"app","message":"a\nb"})"));
}

TEST_F(logging_test, members_are_in_the_object_and_not_in_text) {
  const auto write = [this] {
    logging log{settings_};
    write_line(*log.get("app"), config::log_level::warn, {{log_field::shard, 7}}, "shard {}: gone",
               7);
    EXPECT_TRUE(log.settle(std::chrono::seconds{10}));
    const auto recent = log.recent().read(0);
    ASSERT_EQ(recent.lines.size(), 1U);
    EXPECT_EQ(recent.lines[0].text, "[app] shard 7: gone");
    EXPECT_EQ(recent.lines[0].members, R"("shard":7)");
  };
  write();
  EXPECT_THAT(test::read_file(settings_.file), EndsWith("warn  [app] shard 7: gone\n"));
  settings_.format = config::log_format::json;
  write();
  EXPECT_THAT(test::read_file(settings_.file),
              EndsWith(R"("component":"app","message":"shard 7: gone","shard":7})"
                       "\n"));
}

TEST_F(logging_test, the_level_holds_for_old_and_new_components) {
  {
    logging log{settings_};
    const auto early = log.get("early");
    early->debug("hidden one");
    log.set_level(config::log_level::debug);
    early->debug("shown one");
    log.get("late")->debug("shown two");
    log.set_level(config::log_level::error);
    early->warn("hidden two");
  }
  EXPECT_THAT(written(), HasSubstr("shown one"));
  EXPECT_THAT(written(), HasSubstr("shown two"));
  EXPECT_THAT(written(), Not(HasSubstr("hidden")));
}

TEST_F(logging_test, a_component_has_one_logger) {
  logging log{settings_};
  EXPECT_EQ(log.get("shard"), log.get("shard"));
  EXPECT_NE(log.get("shard"), log.get("rest"));
}

TEST_F(logging_test, a_file_that_cannot_be_opened_is_named) {
  settings_.file = path("missing/gatehouse.log");
  try {
    const logging log{settings_};
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(settings_.file));
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
}

TEST_F(logging_test, reopen_follows_a_rotation) {
  {
    logging log{settings_};
    log.get("app")->info("to whichever file");
    std::filesystem::rename(settings_.file, path("rotated.log"));
    log.reopen();
    log.get("app")->info("to the new file");
  }
  EXPECT_THAT(written(), HasSubstr("to the new file"));
  EXPECT_THAT(test::read_file(path("rotated.log")), Not(HasSubstr("to the new file")));
}

TEST_F(logging_test, a_failing_reopen_keeps_the_old_file) {
  settings_.file = path("logs/gatehouse.log");
  std::filesystem::create_directory(path("logs"));
  {
    logging log{settings_};
    std::filesystem::rename(path("logs"), path("moved"));
    log.reopen();
    log.get("app")->info("still here");
  }
  const std::string text = test::read_file(path("moved/gatehouse.log"));
  EXPECT_THAT(text, HasSubstr("error [log] cannot open log file " + settings_.file));
  EXPECT_THAT(text, HasSubstr("still here"));
}

/// A pipe that takes a page and then nothing more until it is read.
class full_pipe {
 public:
  explicit full_pipe(const std::string& path) {
    ::mkfifo(path.c_str(), 0600);
    descriptor_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ::fcntl(descriptor_, F_SETPIPE_SZ, 4096);
  }
  ~full_pipe() { ::close(descriptor_); }
  full_pipe(const full_pipe&) = delete;
  full_pipe& operator=(const full_pipe&) = delete;

  /// Reads until `last` has come by.
  std::string read_until(const std::string& last) const {
    std::string text;
    std::array<char, 4096> chunk{};
    while (text.find(last) == std::string::npos) {
      const auto bytes = ::read(descriptor_, chunk.data(), chunk.size());
      if (bytes > 0) text.append(chunk.data(), static_cast<std::size_t>(bytes));
    }
    return text;
  }

 private:
  int descriptor_;
};

TEST_F(logging_test, a_slow_destination_costs_old_lines_and_counts_them) {
  const full_pipe pipe{settings_.file};
  constexpr std::uint64_t lines = 1000;
  constexpr std::size_t queue_lines = 8;
  logging log{settings_, queue_lines};
  const auto app = log.get("app");
  for (std::uint64_t i = 1; i <= lines; ++i) app->info("{:04}{}", i, std::string(200, '.'));
  EXPECT_GT(log.dropped(), lines / 2);

  // The newest lines are there; what is missing is exactly what was counted.
  const std::string text = pipe.read_until("1000" + std::string(200, '.') + "\n");
  std::uint64_t arrived = 0;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with("...")) ++arrived;
  }
  EXPECT_EQ(arrived + log.dropped(), lines);
  EXPECT_THAT(text, HasSubstr("log lines dropped"));
}

TEST_F(logging_test, nobody_waits_for_a_destination_that_is_stuck) {
  const full_pipe pipe{settings_.file};
  logging log{settings_};
  const auto app = log.get("app");
  for (int i = 0; i < 100; ++i) app->info("{}", std::string(200, '.'));
  log.reopen();  // from the main thread, by USR1
  EXPECT_FALSE(log.settle(std::chrono::milliseconds{1}));
  app->info("the last");
  // The pipe is opened again after what came before.
  EXPECT_THAT(pipe.read_until("the last\n"), HasSubstr("..."));
  EXPECT_TRUE(log.settle(std::chrono::seconds{20}));
}

TEST_F(logging_test, what_has_settled_is_written) {
  logging log{settings_};
  log.get("app")->info("line");
  ASSERT_TRUE(log.settle(std::chrono::seconds{20}));
  EXPECT_THAT(written(), HasSubstr("line"));
}

TEST_F(logging_test, lines_that_a_full_disk_refuses_are_counted) {
  settings_.file = "/dev/full";
  logging log{settings_};
  log.get("app")->info("lost");
  while (log.dropped() == 0) std::this_thread::yield();
  EXPECT_EQ(log.dropped(), 1U);
}

}  // namespace
}  // namespace gatehouse::telemetry
