#pragma once

#include <string>
#include <string_view>

/// The events that Discord documents, and Gatehouse's own. Pure.
namespace gatehouse::config {

/// What to say of an event name that is not among them; both empty: nothing.
struct event_name_finding {
  std::string error;    ///< it is a mistyped one
  std::string warning;  ///< it may be newer than this program
};
[[nodiscard]] event_name_finding judge_event_name(std::string_view name);

}  // namespace gatehouse::config
