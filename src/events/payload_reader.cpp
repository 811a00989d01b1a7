#include "payload_reader.hpp"

#include <gatehouse/gateway/snowflake.hpp>

namespace gatehouse::events {

bool read_id(ondemand::value value, std::uint64_t& out) {
  std::string_view text;
  if (!gateway::read_raw_string(value, text)) return false;
  out = gateway::parse_snowflake(text).value_or(0);
  return out != 0;
}

}  // namespace gatehouse::events
