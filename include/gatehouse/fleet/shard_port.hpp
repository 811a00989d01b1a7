#pragma once

#include <gatehouse/fleet/member_actions.hpp>

#include <string>

namespace gatehouse::fleet {

/// The shards of this process, as the agent commands them; what becomes of it is told to the agent.
/// The agent's thread.
class shard_port {
 public:
  shard_port() = default;
  shard_port(const shard_port&) = delete;
  shard_port& operator=(const shard_port&) = delete;
  virtual ~shard_port() = default;

  virtual void take(const take_shard& wanted) = 0;
  /// Answered with `agent::on_released`, once.
  virtual void release(int shard_id) = 0;
  virtual void drop(int shard_id) = 0;
  /// Answered with `agent::on_leave_over`.
  virtual void give(const give_leave& given) = 0;
  virtual void change_contact(contact now) = 0;
  /// Answered with `agent::on_limit`.
  virtual void ask_limit() = 0;
  /// This process must not be a member any more.
  virtual void end_process(const std::string& why) = 0;
};

}  // namespace gatehouse::fleet
