#pragma once

#include <gatehouse/sim/fault.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::sim {

/// What is wrong with a fault given as text.
struct fault_syntax_error {
  std::string text;
};

/// "close:code=4009,shard=3,at-event=1000": a kind, then optional settings. Kinds are reset,
/// reconnect, invalid-session, close, stop-acks, silence, corrupt-frame, request-heartbeat,
/// refuse-connection, slow-hello, reconnect-instead-of-hello, refuse-resume. Settings are shard,
/// times, code, resumable, delay-ms, at-event, at-ms.
std::variant<fault, fault_syntax_error> parse_fault(std::string_view text);

/// "429:route=callback,times=3,retry-after=2", "hang", "reset:route=gateway-bot".
std::variant<rest_fault, fault_syntax_error> parse_rest_fault(std::string_view text);

}  // namespace gatehouse::sim
