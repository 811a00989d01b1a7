#include <gatehouse/telemetry/systemd.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gatehouse::telemetry {
namespace {

/// Plays systemd: the datagram socket that NOTIFY_SOCKET names.
class systemd_test : public testing::Test {
 protected:
  systemd_test() {
    std::string pattern = testing::TempDir() + "gatehouse-notify-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ / "socket";
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~systemd_test() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(socket_);
    std::filesystem::remove_all(directory_);
  }

  /// The next datagram; empty if none has come. Sending is synchronous, so nothing is waited for.
  [[nodiscard]] std::string received() const {
    std::array<char, 512> bytes{};
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return count < 0 ? std::string{} : std::string(bytes.data(), static_cast<std::size_t>(count));
  }

  std::filesystem::path directory_;
  int socket_ = -1;
};

TEST_F(systemd_test, reports_the_life_of_the_service) {
  const systemd_notifier systemd;
  systemd.ready();
  EXPECT_EQ(received(), "READY=1");
  systemd.reloading();
  EXPECT_TRUE(received().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  systemd.stopping();
  EXPECT_EQ(received(), "STOPPING=1");
}

TEST_F(systemd_test, a_status_is_one_line) {
  systemd_notifier{}.status("12 of 16 shards\nREADY=1");
  EXPECT_EQ(received(), "STATUS=12 of 16 shards READY=1");
}

TEST_F(systemd_test, pings_at_half_the_watchdog_time) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  const systemd_notifier systemd;
  EXPECT_EQ(systemd.watchdog_interval(), runtime::seconds{15});
  systemd.ping();
  EXPECT_EQ(received(), "WATCHDOG=1");
}

TEST_F(systemd_test, a_watchdog_of_another_process_is_ignored) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(systemd_notifier{}.watchdog_interval(), std::nullopt);
}

TEST_F(systemd_test, nothing_happens_outside_systemd) {
  ::unsetenv("NOTIFY_SOCKET");
  const systemd_notifier systemd;
  EXPECT_EQ(systemd.watchdog_interval(), std::nullopt);
  systemd.ready();
  systemd.status("fine");
  systemd.ping();
  EXPECT_EQ(received(), "");
}

}  // namespace
}  // namespace gatehouse::telemetry
