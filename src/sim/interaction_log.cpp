#include "interaction_log.hpp"

#include <gatehouse/sim/content_hash.hpp>

namespace gatehouse::sim {
namespace {

/// Which callback types answer which interaction type.
bool is_legal(int interaction_type, int callback_type) noexcept {
  const bool is_component = interaction_type == 3;
  const bool is_modal = interaction_type == 5;
  const bool is_command = interaction_type == 2;
  switch (callback_type) {
    case 1:
      return interaction_type == 1;
    case 4:
    case 5:
      return is_command || is_component || is_modal;
    case 6:
    case 7:
      return is_component || is_modal;
    case 8:
      return interaction_type == 4;
    case 9:
      return is_command || is_component;
    case 12:
      return is_command || is_component || is_modal;
    default:
      return false;
  }
}

}  // namespace

void interaction_log::sent(std::uint64_t id, std::string_view token, int interaction_type,
                           runtime::time_point now) {
  entries_.try_emplace(id, entry{.token_hash = content_hash(token),
                                 .type = interaction_type,
                                 .sent_at = now,
                                 .acknowledged = false});
}

interaction_log::answer interaction_log::respond(std::uint64_t id, std::string_view token,
                                                 int callback_type, runtime::time_point now) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.token_hash != content_hash(token)) return {};
  entry& known = found->second;
  answer result{
      .outcome = verdict::accepted, .interaction_type = known.type, .age = now - known.sent_at};
  if (known.acknowledged) {
    result.outcome = verdict::already_acknowledged;
  } else if (result.age > deadline_) {
    result.outcome = verdict::unknown;
  } else if (!is_legal(known.type, callback_type)) {
    result.outcome = verdict::wrong_type;
  } else {
    known.acknowledged = true;
  }
  return result;
}

}  // namespace gatehouse::sim
