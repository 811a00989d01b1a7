#pragma once

#include "nats_server.hpp"
#include "numbered_events.hpp"
#include "setup.hpp"
#include "stream_check.hpp"
#include "stream_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::test {

/// A simulated Discord, a daemon whose handler is the stream below `discord.events`, and what came
/// of it. Servers are the test's own; without a nats-server it is skipped.
class stream_world : public testing::Test {
 protected:
  static constexpr std::uint32_t shards = 4;
  static constexpr const char* stream = "discord_events";

  void SetUp() override {
    if (!nats_server_binary()) GTEST_SKIP() << nats_server_hint;
    discord_.emplace(quick_discord(shards));
    check_.emplace(discord_->registry());
  }

  /// `servers` as TOML.
  config_text configured(const std::string& servers, int replicas = 1) {
    config_text config{*discord_, {"jetstream:discord.events"}};
    config.add("nats", "servers = " + servers)
        .add("nats", "replicas = " + std::to_string(replicas))
        .add("nats", "timeout_ms = 1000")
        .add("state", "dir = \"" + state_.path().string() + '"');
    return config;
  }
  static std::string list_of(std::uint16_t port) {
    return "[\"nats://127.0.0.1:" + std::to_string(port) + "\"]";
  }

  void start(const config_text& config) {
    daemon_.emplace(config.str());
    ASSERT_TRUE(wait_for_start(*daemon_, shards)) << daemon_->log();
  }
  void kill_daemon() {
    daemon_->send_signal(SIGKILL);
    ASSERT_TRUE(daemon_->wait_for_end(std::chrono::seconds{10}));
  }
  daemon_process& daemon() { return *daemon_; }

  /// MESSAGE_CREATE in turns over all guilds.
  void send(std::size_t count, std::size_t bytes = 800) {
    if (!numbered_) numbered_.emplace(*discord_);
    numbered_->send_round(discord_->guild_ids(), count, bytes);
  }
  /// Until Discord has sent so many more.
  void let_flow(std::uint64_t events) {
    const auto before = discord_->statistics().events;
    ASSERT_TRUE(discord_->wait_for(
        [&](const sim::statistics& now) { return now.events >= before + events; },
        std::chrono::seconds{60}));
  }

  void read_on(stream_reader& reader, bool erases = false) {
    for (const auto& stored : reader.read(stream, next_)) {
      next_ = stored.sequence + 1;
      check_->add(stored);
      last_ = stored;
      if (erases) reader.erase(stream, stored.sequence);
    }
  }
  /// Reads on until everything that Discord has sent is in the stream.
  bool gets_everything(stream_reader& reader, bool erases = false) {
    const auto sent = discord_->registry();
    return wait_until(
        [&] {
          read_on(reader, erases);
          return sent->missing().empty();
        },
        std::chrono::seconds{90});
  }
  void expect_flawless(stream_reader& reader, bool erases = false) {
    EXPECT_TRUE(gets_everything(reader, erases))
        << discord_->registry()->missing().size() << " are missing\n"
        << daemon_->log();
    EXPECT_THAT(check_->faults(), testing::IsEmpty());
  }

  temporary_folder state_;
  std::optional<sim::simulator> discord_;
  std::optional<numbered_events> numbered_;
  std::optional<daemon_process> daemon_;
  std::optional<stream_check> check_;
  nats::stored_message last_;
  std::uint64_t next_ = 1;  ///< sequence in the stream
};

}  // namespace gatehouse::test
