#pragma once

#include "http_request.hpp"

#include <simdjson.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::sim {

/// One event out of a request. Views point into the request, or into the reader.
struct delivered_event {
  std::uint32_t shard_id = 0;
  std::string_view event_id{};
  std::uint32_t attempt = 0;
  std::string_view message{};
};

/// Reads request bodies: {"shardId":3,"message":{…}} with any envelope name, or an array of such.
class delivery_reader {
 public:
  /// Replaces the contents of `out`; false when the body is neither. Valid until the next call.
  bool read(const http_request& request, std::vector<delivered_event>& out);

 private:
  bool read_thoroughly(const http_request& request, std::vector<delivered_event>& out);
  bool read_object(simdjson::ondemand::object object, delivered_event& out);

  simdjson::ondemand::parser parser_;
  simdjson::padded_string padded_;
};

/// The event name of a payload; empty when there is none.
std::string_view event_type_of(std::string_view message) noexcept;

}  // namespace gatehouse::sim
