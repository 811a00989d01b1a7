#include "daemon_process.hpp"
#include "notify_socket.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

/// What the daemon tells systemd, read from a notification socket of the test's own.
namespace gatehouse::test {
namespace {

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
