#pragma once

#include <gatehouse/gateway/raw_json.hpp>

#include <cstdint>

namespace gatehouse::events {

namespace ondemand = simdjson::ondemand;

/// A snowflake in a string; 0: none.
[[nodiscard]] bool read_id(ondemand::value value, std::uint64_t& out);

/// What to do after a key.
enum class reading { go_on, stop, malformed };

/// Walks the keys of an object until one is malformed or enough was seen; true: nothing was
/// malformed. `visit(raw_json_string key, ondemand::value) -> reading`.
template <class Visitor>
bool read_object(ondemand::object object, Visitor&& visit) {
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field)) return false;
    const reading then = visit(field.key(), field.value());
    if (then == reading::stop) return true;
    if (then == reading::malformed) return false;
  }
  return true;
}

/// Walks the keys of `d`. False when there is no object `d`, or something was malformed.
template <class Visitor>
bool read_data(gateway::padded_parser& payload, Visitor&& visit) {
  ondemand::object data;
  return !payload.document()["d"].get_object().get(data) && read_object(data, visit);
}

}  // namespace gatehouse::events
