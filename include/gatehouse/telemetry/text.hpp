#pragma once

#include <string>
#include <string_view>

/// Text that others wrote, made safe to print. Pure; malformed UTF-8 becomes U+FFFD.
namespace gatehouse::telemetry {

/// Appends `text` for one line of a log: line breaks and control characters are escaped, so that a
/// message can neither forge a line nor steer a terminal.
void append_printable(std::string& out, std::string_view text);

/// Appends `text` as a JSON string, quotes included (RFC 8259 section 7).
void append_json_string(std::string& out, std::string_view text);

}  // namespace gatehouse::telemetry
