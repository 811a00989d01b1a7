#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/fs.h>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>
#include <utility>

/// A state directory whose disk answers no more. What it holds up cannot even be killed before the
/// disk is back: the main thread's end is what tells that the process has left.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint32_t shards = 2;

/// A file system of its own on a folder, while it lives, that can be frozen.
class freezing_disk {
 public:
  explicit freezing_disk(fs::path folder) : folder_(std::move(folder)) {
    const std::string image = images_.write("image", "");
    fs::resize_file(image, 32U << 20U);
    is_mounted_ = run("mkfs.ext4 -q '" + image + "'") &&
                  run("mount -o loop '" + image + "' '" + folder_.string() + "'");
  }
  ~freezing_disk() {
    if (!is_mounted_) return;
    thaw();
    ::umount2(folder_.c_str(), MNT_DETACH);
  }
  freezing_disk(const freezing_disk&) = delete;
  freezing_disk& operator=(const freezing_disk&) = delete;

  [[nodiscard]] bool is_mounted() const noexcept { return is_mounted_; }
  [[nodiscard]] bool freeze() { return is_frozen_ = control(FIFREEZE); }
  void thaw() {
    if (std::exchange(is_frozen_, false)) static_cast<void>(control(FITHAW));
  }

 private:
  static bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }
  [[nodiscard]] bool control(unsigned long what) const {
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_done = folder >= 0 && ::ioctl(folder, what, 0) == 0;
    if (folder >= 0) ::close(folder);
    return is_done;
  }

  temporary_folder images_;
  fs::path folder_;
  bool is_mounted_ = false;
  bool is_frozen_ = false;
};

struct stuck_disk : testing::Test {
  void SetUp() override {
    if (::geteuid() != 0 || !disk.is_mounted()) GTEST_SKIP() << "no file system could be mounted";
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord));
    handler.stop_listening();
    ASSERT_TRUE(disk.freeze());
    discord.flood(100);
    ASSERT_TRUE(
        discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s));
  }
  /// The main thread is gone; the others wait for the disk.
  bool wait_until_left(std::chrono::seconds timeout) {
    const std::string file = "/proc/" + std::to_string(run.daemon().pid()) + "/stat";
    return wait_until(
        [&] {
          const std::string stat = read_file(file);
          return stat.empty() || stat.find(") Z ") != std::string::npos ||
                 stat.find(") X ") != std::string::npos;
        },
        timeout);
  }
  std::optional<int> exit_code() {
    disk.thaw();
    const auto end = run.daemon().wait_for_end(10s);
    return end ? end->exit_code : std::nullopt;
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  freezing_disk disk{run.state().path()};
};

TEST_F(stuck_disk, does_not_keep_a_stop_from_ending) {
  run.daemon().send_signal(SIGTERM);
  EXPECT_TRUE(wait_until_left(20s)) << run.daemon().log();
  EXPECT_NE(run.daemon().log().find("leaving without the disk"), std::string::npos)
      << run.daemon().log();
  EXPECT_EQ(exit_code(), 1);
  // What the disk had not taken, Discord repeats.
  handler.start_listening();
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
}

TEST_F(stuck_disk, does_not_keep_a_second_signal_from_ending_it_at_once) {
  run.daemon().send_signal(SIGTERM);
  ASSERT_TRUE(run.daemon().wait_for_log("stopping:"));
  run.daemon().send_signal(SIGTERM);
  EXPECT_TRUE(wait_until_left(10s)) << run.daemon().log();
  EXPECT_NE(run.daemon().log().find("second signal"), std::string::npos) << run.daemon().log();
  EXPECT_EQ(exit_code(), 1);
}

}  // namespace
}  // namespace gatehouse::test
