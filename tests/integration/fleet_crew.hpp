#pragma once

#include "daemon_figures.hpp"
#include "nats_server.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::test {

/// Daemons that hold one simulated bot's shards together, each as on a machine of its own: what
/// they have in common is Discord, the handler and the NATS servers. Without a nats-server the test
/// is skipped.
class fleet_crew : public testing::Test {
 protected:
  static constexpr std::uint32_t shards = 12;
  /// Long enough for a daemon that is started anew on a busy machine.
  static constexpr int takeover_ms = 4'000;

  struct member {
    temporary_folder state;
    std::unique_ptr<daemon_process> daemon;
  };

  void SetUp() override;
  void TearDown() override;

  /// Members m1, m2, … that start together; waits until all shards are theirs in equal parts.
  void start_all(int count);
  void start(const std::string& name);
  member& at(const std::string& name) { return *members_.at(name); }
  void kill(const std::string& name);

  /// As the member itself sees it.
  [[nodiscard]] std::size_t owned(const std::string& name);
  bool wait_until_owned(const std::string& name, std::size_t count,
                        std::chrono::seconds limit = std::chrono::seconds{40});
  bool wait_until_all_connected();
  /// Discord has sent so many more.
  bool let_flow(std::uint64_t events);
  /// Nothing is missing, altered or out of order, as first copies go. Ends the traffic.
  void expect_nothing_lost();
  void expect_no_identify_but_the_first();
  [[nodiscard]] std::uint64_t repeats() const { return handler_->statistics().repeated; }
  [[nodiscard]] std::string logs() const;

  /// `nats.servers` as TOML; the one server of the test, unless it has others.
  std::string servers_;
  int replicas_ = 1;
  int expected_ = 1;
  std::optional<nats_server> nats_;
  std::optional<sim::simulator> discord_;
  std::optional<sim::event_handler> handler_;
  std::map<std::string, std::unique_ptr<member>> members_;
};

}  // namespace gatehouse::test
