#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/manager.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// The part of `control` that concerns commands to Discord and resharding: each call crosses over
/// to the manager's thread and comes back to the caller's.
///
/// A caller's executor runs one handler at a time (a thread's own io_context, or a strand). The
/// manager outlives the calls; a caller may go at any time.
class manager_control : public control {
 public:
  manager_control(boost::asio::any_io_executor managers, manager& asked)
      : executor_(std::move(managers)), manager_(asked) {}

  awaitable<command_result> send_payload(int shard_id, std::string payload) override;
  awaitable<std::vector<command_result>> set_presence(std::string presence) override;
  awaitable<request_result> request_members(std::uint64_t guild_id, std::string body) override;
  awaitable<command_result> stream_members(std::uint64_t guild_id, std::string body) override;
  awaitable<request_result> join_voice(std::uint64_t guild_id, std::uint64_t channel_id,
                                       bool self_mute, bool self_deaf) override;
  awaitable<command_result> leave_voice(std::uint64_t guild_id) override;
  awaitable<command_result> reconnect(int shard_id, gateway::reconnect_mode mode) override;
  awaitable<std::optional<int>> find_shard(std::optional<std::uint64_t> guild_id) override;
  awaitable<gate_view> get_gate() override;
  awaitable<reshard_progress> get_reshard() override;
  awaitable<reshard_answer> reshard(int total_shards, bool is_dry_run) override;
  awaitable<bool> cancel_reshard() override;

 private:
  boost::asio::any_io_executor executor_;
  manager& manager_;
};

}  // namespace gatehouse::cluster
