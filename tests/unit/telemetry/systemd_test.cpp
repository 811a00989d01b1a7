#include <gatehouse/telemetry/systemd.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <notify_socket.hpp>
#include <string>
#include <unistd.h>

namespace gatehouse::telemetry {
namespace {

class systemd_test : public testing::Test {
 protected:
  systemd_test() { ::setenv("NOTIFY_SOCKET", socket_.path().c_str(), 1); }
  ~systemd_test() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  std::string received() { return socket_.receive(); }

 private:
  test::notify_socket socket_;
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
