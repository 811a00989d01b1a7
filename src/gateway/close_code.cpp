#include <gatehouse/gateway/close_code.hpp>
#include <gatehouse/gateway/reconnect_cause.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace gatehouse::gateway {

namespace {

struct row {
  std::uint16_t code;
  close_meaning meaning;
};

using enum close_action;

constexpr std::array table{
    row{1000, {resume_then_identify, "normal closure"}},
    row{1001, {resume, "going away"}},
    row{1006, {resume, "connection lost"}},
    row{1009, {resume, "message too big"}},
    row{1011, {resume, "internal error"}},
    row{1012, {resume, "service restart"}},
    row{1013, {resume, "try again later"}},
    row{1014, {resume, "bad gateway"}},
    row{4000, {resume, "unknown error"}},
    row{4001, {resume, "unknown opcode"}},
    row{4002, {resume, "decode error"}},
    row{4003, {identify, "not authenticated"}},
    row{4004, {refuse, "authentication failed"}},
    row{4005, {resume, "already authenticated"}},
    row{4007, {identify, "invalid seq"}},
    row{4008, {resume_after_pause, "rate limited"}},
    row{4009, {identify, "session timed out"}},
    row{4010, {refuse, "invalid shard"}},
    row{4011, {refuse, "sharding required"}},
    row{4012, {refuse, "invalid API version"}},
    row{4013, {refuse, "invalid intents"}},
    row{4014, {refuse, "disallowed intents"}},
};

/// Those that have a cause of their own, in its order; `close_other` follows.
constexpr std::array<std::uint16_t, 9> counted_codes{4000, 4001, 4002, 4003, 4005,
                                                     4006, 4007, 4008, 4009};
static_assert(static_cast<std::size_t>(reconnect_cause::close_4000) + counted_codes.size() ==
              static_cast<std::size_t>(reconnect_cause::close_other));

}  // namespace

close_meaning meaning_of_close(std::uint16_t code) noexcept {
  for (const row& entry : table) {
    if (entry.code == code) return entry.meaning;
  }
  return {resume_then_identify, "undocumented code"};
}

reconnect_cause cause_of_close(std::uint16_t code) noexcept {
  const auto found = std::find(counted_codes.begin(), counted_codes.end(), code);
  return static_cast<reconnect_cause>(static_cast<int>(reconnect_cause::close_4000) +
                                      (found - counted_codes.begin()));
}

}  // namespace gatehouse::gateway
