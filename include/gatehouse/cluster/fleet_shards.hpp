#pragma once

#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/fleet/shard_port.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::cluster {

/// This process's shards as its fleet has them: starts, gives away and drops what the agent says,
/// and tells it what becomes of them. It is the identify authority, too, for leave comes from the
/// fleet's coordinator. Main thread.
class fleet_shards final : public fleet::shard_port, public identify_authority {
 public:
  /// To the agent, and to the manager.
  struct callbacks {
    std::function<void(int shard_id, std::optional<storage::stored_session> from)> start;
    std::function<void(int shard_id, fleet::session_record session)> session;
    std::function<void(int shard_id, std::optional<fleet::session_record> session)> released;
    std::function<void(const std::vector<std::pair<int, std::int64_t>>& seqs)> checkpoint;
    std::function<void(int shard_id)> want_identify;
    std::function<void(int shard_id)> withdraw_identify;
    std::function<void(const fleet::granted_leave& leave, bool was_sent)> leave_over;
    std::function<void()> ask_limit;
    std::function<void(const std::string& why)> end;
  };
  /// How long a shard that is given away waits for its requests under way.
  static constexpr runtime::milliseconds release_grace{500};

  fleet_shards(shared_parts parts, callbacks to);

  /// Sessions of this machine: where the fleet's record names the same, the own one is fresher.
  void remember(std::vector<storage::stored_session> found);

  void take(const fleet::take_shard& wanted) override;
  void release(int shard_id) override;
  void drop(int shard_id) override;
  void give(const fleet::give_leave& given) override;
  void change_contact(fleet::contact now) override;
  void ask_limit() override { to_.ask_limit(); }
  void end_process(const std::string& why) override { to_.end(why); }

  void want(gateway::shard_key shard) override { to_.want_identify(shard.shard_id); }
  void give_up(gateway::shard_key shard) override { to_.withdraw_identify(shard.shard_id); }
  void sent(gateway::identify_grant used) override { end_leave(used, true); }
  void abandon(gateway::identify_grant unused) override { end_leave(unused, false); }

  // Of workers.
  void on_released(shard_released message);
  void on_ended(gateway::shard_key shard);
  void on_session(const session_begun& message);
  void on_positions(const positions_reached& message);

 private:
  struct held_shard {
    enum class stage { running, releasing, dropping };
    stage now_in = stage::running;
    std::string session_id;                 ///< that the fleet knows of; empty: none
    std::int64_t seq = 0;                   ///< likewise
    std::optional<fleet::take_shard> next;  ///< once it is gone
  };

  void start(const fleet::take_shard& wanted);
  std::optional<storage::stored_session> session_for(const fleet::take_shard& wanted);
  void end_leave(gateway::identify_grant grant, bool was_sent);
  void on_gone(int shard_id);
  void expect_shards();

  shared_parts parts_;
  callbacks to_;
  std::map<int, held_shard> shards_;
  std::map<int, storage::stored_session> sessions_;       ///< of shards that are not held
  std::map<std::uint64_t, fleet::granted_leave> leaves_;  ///< not over yet, by number
};

}  // namespace gatehouse::cluster
