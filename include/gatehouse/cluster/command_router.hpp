#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// Questions to workers and commands to Discord: which worker they go to, and how its answer comes
/// back. A question has a nonce and a deadline; it changes nothing of what is known about shards.
/// Main thread.
class command_router {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;
  /// For a worker to say what has become of something; requests end within their own time.
  static constexpr runtime::seconds answer_deadline{5};

  command_router(boost::asio::io_context& context, worker_ports& workers,
                 const serving_set& serving);

  /// As `control` has them.
  awaitable<command_result> send_payload(int shard_id, std::string text);
  awaitable<std::vector<command_result>> set_presence(std::string presence);
  awaitable<request_result> request_members(std::uint64_t guild_id, std::string body);
  awaitable<command_result> stream_members(std::uint64_t guild_id, std::string body);
  awaitable<request_result> join_voice(std::uint64_t guild_id, std::uint64_t channel_id,
                                       bool self_mute, bool self_deaf);
  awaitable<command_result> leave_voice(std::uint64_t guild_id);
  awaitable<command_result> reconnect(int shard_id, gateway::reconnect_mode mode);
  [[nodiscard]] std::optional<int> find_shard(std::optional<std::uint64_t> guild_id) const {
    return serving_.find_shard(guild_id);
  }

  /// Whether every worker's thread answers before `deadline`.
  awaitable<bool> do_workers_answer(runtime::time_point deadline);
  /// Has a shard's worker give it away; nothing if it did not answer, or there was no session.
  awaitable<std::optional<storage::stored_session>> release(int shard_id,
                                                            runtime::time_point deadline);

  void handle(const pong& message);
  void handle(shard_payload_result message);
  void handle(presence_result message);
  void handle(const request_under_way& message);
  void handle(request_done message);
  void handle(shard_released message);

  /// As changed; for workers that are still to come.
  [[nodiscard]] const std::optional<std::string>& presence() const noexcept { return presence_; }
  /// From here on commands are refused.
  void close() noexcept { is_closed_ = true; }
  /// The workers are gone: nobody will answer any more.
  void abandon_questions();

 private:
  struct question;

  std::uint64_t begin(question& asked, std::size_t answers);
  awaitable<void> wait_for(question& asked, runtime::time_point deadline);
  [[nodiscard]] question* find(std::uint64_t nonce);
  static void answer(question& asked, std::size_t answers);
  template <class Message>
  void pose(question& asked, Message message);
  template <class Message>
  awaitable<command_result> ask_shard(Message message);
  template <class Message>
  awaitable<request_result> ask_discord(Message message);
  /// Why nothing can be sent to this shard; nothing: it can.
  [[nodiscard]] std::optional<command_result> obstacle(int shard_id) const;
  [[nodiscard]] gateway::shard_key key_of_guild(std::uint64_t guild_id) const;

  boost::asio::io_context& context_;
  worker_ports& workers_;
  const serving_set& serving_;
  std::map<std::uint64_t, question*> questions_;
  std::uint64_t last_nonce_ = 0;
  std::optional<std::string> presence_;
  bool is_closed_ = false;
};

}  // namespace gatehouse::cluster
