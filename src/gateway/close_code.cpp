#include <gatehouse/gateway/close_code.hpp>

#include <array>

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

}  // namespace

close_meaning meaning_of_close(std::uint16_t code) noexcept {
  for (const row& entry : table) {
    if (entry.code == code) return entry.meaning;
  }
  return {resume_then_identify, "undocumented code"};
}

}  // namespace gatehouse::gateway
