#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::events {

/// A small number for an event name such as MESSAGE_CREATE.
enum class event_type : std::uint16_t {};

/// Numbers event names in the order of their first appearance, so that filters and counters are
/// array look-ups. Names that Discord invents later get a number like any other; past `max_types`
/// distinct names the rest share `other`. Owned by one worker; not thread-safe.
class event_type_registry {
 public:
  static constexpr std::size_t max_types = 1024;
  static constexpr event_type other{0};

  event_type_registry();
  event_type intern(std::string_view name);
  [[nodiscard]] std::string_view name(event_type type) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<std::string> names_;
  boost::unordered_flat_map<std::string, event_type, hash, std::equal_to<>> numbers_;
};

}  // namespace gatehouse::events
