#pragma once

#include <gatehouse/events/pipeline.hpp>

#include <cstdint>
#include <memory>

namespace gatehouse::events {

class payload_reader;

/// What the copies of one event that two sessions receive have in common, and no other event has.
/// Their sequence numbers have nothing to do with each other (discord-api-docs: gateway, Sharding).
///
/// Where Discord names the occurrence itself (a message, an interaction, a guild that comes or
/// goes), its id counts: such an event may carry things that differ from copy to copy. Else it is
/// the text of `d`.
using content_key = std::uint64_t;

/// Not cheap (it may parse); for the time of a reshard. Not thread-safe.
class content_key_reader {
 public:
  content_key_reader();
  ~content_key_reader();
  content_key_reader(const content_key_reader&) = delete;
  content_key_reader& operator=(const content_key_reader&) = delete;

  [[nodiscard]] content_key key_of(const dispatch& received);

 private:
  std::unique_ptr<payload_reader> reader_;
};

}  // namespace gatehouse::events
