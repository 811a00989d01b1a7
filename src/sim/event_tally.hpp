#pragma once

#include "handler_request.hpp"

#include <gatehouse/sim/event_handler.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::sim {

/// Checks accepted events: running numbers per guild, and exact bytes against the registry. Not
/// thread-safe.
class event_tally {
 public:
  explicit event_tally(const event_handler_options& options) : options_(options) {}

  void accept(const delivered_event& event, handler_statistics& numbers);

 private:
  struct guild {
    std::uint64_t highest = 0;
    std::set<std::uint64_t> skipped;  ///< below highest and not seen
  };

  void check_number(std::string_view message, handler_statistics& numbers);
  void check_bytes(const delivered_event& event, handler_statistics& numbers);

  const event_handler_options& options_;
  std::unordered_map<std::uint64_t, guild> guilds_;
};

}  // namespace gatehouse::sim
