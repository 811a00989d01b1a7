#include "daemon_process.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// What the daemon tells systemd, read from a notification socket of the test's own.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

class notify_socket {
 public:
  notify_socket()
      : path_((folder_.path() / "notify").string()),
        descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~notify_socket() { ::close(descriptor_); }
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Waits until a notification with this text has come.
  bool wait_for(const std::string& text) {
    return wait_until([&] { return receive().find(text) != std::string::npos; }, 20s);
  }

 private:
  /// Everything received so far.
  const std::string& receive() {
    std::array<char, 4096> message{};
    for (ssize_t size = 0; (size = ::recv(descriptor_, message.data(), message.size(), 0)) > 0;) {
      received_.append(message.data(), static_cast<std::size_t>(size)) += '\n';
    }
    return received_;
  }

  temporary_folder folder_;
  std::string path_;
  int descriptor_;
  std::string received_;
};

TEST(systemd, is_told_of_readiness_progress_life_and_stop) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler;
  notify_socket systemd;
  daemon_process daemon{config_text{discord, {handler.url()}}.str(),
                        {"NOTIFY_SOCKET=" + systemd.path(), "WATCHDOG_USEC=400000"}};
  EXPECT_TRUE(systemd.wait_for("READY=1"));
  EXPECT_TRUE(systemd.wait_for("STATUS=2 of 2 shards connected"));
  EXPECT_TRUE(systemd.wait_for("WATCHDOG=1"));
  const auto end = daemon.stop();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0) << daemon.log();
  EXPECT_TRUE(systemd.wait_for("STOPPING=1"));
}

}  // namespace
}  // namespace gatehouse::test
