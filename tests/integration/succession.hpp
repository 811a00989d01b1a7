#pragma once

#include "daemon_process.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

namespace gatehouse::test {

/// Daemons that follow each other with the same state.
class succession {
 public:
  succession(const sim::simulator& discord, const sim::event_handler& handler)
      : config_(discord, {handler.url()}) {
    config_.add("state", "dir = \"" + state_.path().string() + '"')
        .add("state", "checkpoint_ms = 100")
        .add("queue", "spool_after_ms = 200");
  }

  config_text& config() { return config_; }
  [[nodiscard]] const temporary_folder& state() const { return state_; }
  daemon_process& start() {
    daemon_ = std::make_unique<daemon_process>(config_.str());
    return *daemon_;
  }
  daemon_process& daemon() { return *daemon_; }
  void kill() {
    daemon_->send_signal(SIGKILL);
    ASSERT_TRUE(daemon_->wait_for_end(std::chrono::seconds{10}));
  }
  void stop() {
    const auto end = daemon_->stop(std::chrono::seconds{12});
    ASSERT_TRUE(end) << daemon_->log();
    EXPECT_EQ(end->exit_code, 0) << daemon_->log();
  }

 private:
  temporary_folder state_;
  config_text config_;
  std::unique_ptr<daemon_process> daemon_;
};

/// The handler has accepted so many events.
inline bool wait_for_events(const sim::event_handler& handler, std::uint64_t events) {
  return handler.wait_until(
      [&](const sim::handler_statistics& now) { return now.events >= events; },
      std::chrono::seconds{120});
}

/// Discord has sent so many.
inline bool wait_until_sent(const sim::simulator& discord, std::uint64_t events) {
  return discord.wait_for([&](const sim::statistics& now) { return now.events >= events; },
                          std::chrono::seconds{120});
}

}  // namespace gatehouse::test
