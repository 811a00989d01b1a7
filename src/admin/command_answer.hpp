#pragma once

#include <gatehouse/admin/message.hpp>
#include <gatehouse/cluster/control.hpp>

#include <string>

/// What became of a command, as an answer. Pure.
namespace gatehouse::admin {

/// In words, of one that was not accepted.
std::string describe_failure(const cluster::command_result& result);

[[nodiscard]] inline bool is_accepted(const cluster::command_result& result) noexcept {
  using outcome = cluster::command_result::outcome;
  return result.what == outcome::sent || result.what == outcome::queued;
}

/// 202, or the status of what went wrong.
response command_answer(const cluster::command_result& result);
response request_answer(cluster::request_result result);

}  // namespace gatehouse::admin
