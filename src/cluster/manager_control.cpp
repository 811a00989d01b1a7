#include <gatehouse/cluster/crossing.hpp>
#include <gatehouse/cluster/manager_control.hpp>

#include <utility>

namespace gatehouse::cluster {
namespace {

using boost::asio::awaitable;

// Coroutines, though they wait for nothing: they run where the manager may be looked at.
awaitable<std::optional<int>> shard_on(manager& asked, std::optional<std::uint64_t> guild_id) {
  co_return asked.commands().find_shard(guild_id);
}

awaitable<gate_view> gate_of(manager& asked) {
  co_return asked.view_gate();
}

awaitable<reshard_progress> reshard_of(manager& asked) {
  co_return asked.reshards().status();
}

awaitable<bool> cancel_on(manager& asked) {
  co_return asked.reshards().cancel();
}

}  // namespace

awaitable<command_result> manager_control::send_payload(int shard_id, std::string payload) {
  return cross_over(executor_, manager_.commands().send_payload(shard_id, std::move(payload)));
}

awaitable<std::vector<command_result>> manager_control::set_presence(std::string presence) {
  return cross_over(executor_, manager_.commands().set_presence(std::move(presence)));
}

awaitable<request_result> manager_control::request_members(std::uint64_t guild_id,
                                                           std::string body) {
  return cross_over(executor_, manager_.commands().request_members(guild_id, std::move(body)));
}

awaitable<command_result> manager_control::stream_members(std::uint64_t guild_id,
                                                          std::string body) {
  return cross_over(executor_, manager_.commands().stream_members(guild_id, std::move(body)));
}

awaitable<request_result> manager_control::join_voice(std::uint64_t guild_id,
                                                      std::uint64_t channel_id, bool self_mute,
                                                      bool self_deaf) {
  return cross_over(executor_,
                    manager_.commands().join_voice(guild_id, channel_id, self_mute, self_deaf));
}

awaitable<command_result> manager_control::leave_voice(std::uint64_t guild_id) {
  return cross_over(executor_, manager_.commands().leave_voice(guild_id));
}

awaitable<command_result> manager_control::reconnect(int shard_id, gateway::reconnect_mode mode) {
  return cross_over(executor_, manager_.commands().reconnect(shard_id, mode));
}

awaitable<std::optional<int>> manager_control::find_shard(std::optional<std::uint64_t> guild_id) {
  return cross_over(executor_, shard_on(manager_, guild_id));
}

awaitable<reshard_progress> manager_control::get_reshard() {
  return cross_over(executor_, reshard_of(manager_));
}

awaitable<reshard_answer> manager_control::reshard(int total_shards, bool is_dry_run) {
  return cross_over(executor_, manager_.reshards().start(total_shards, is_dry_run));
}

awaitable<bool> manager_control::cancel_reshard() {
  return cross_over(executor_, cancel_on(manager_));
}

awaitable<gate_view> manager_control::get_gate() {
  return cross_over(executor_, gate_of(manager_));
}

}  // namespace gatehouse::cluster
