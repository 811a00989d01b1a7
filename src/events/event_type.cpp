#include <gatehouse/events/event_type.hpp>

namespace gatehouse::events {

event_type_registry::event_type_registry() {
  names_.emplace_back("OTHER");
  numbers_.emplace("OTHER", other);
}

event_type event_type_registry::intern(std::string_view name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  if (names_.size() >= max_types) return other;
  const auto number = static_cast<event_type>(names_.size());
  names_.emplace_back(name);
  numbers_.emplace(names_.back(), number);
  return number;
}

std::string_view event_type_registry::name(event_type type) const noexcept {
  return names_[static_cast<std::size_t>(type)];
}

}  // namespace gatehouse::events
