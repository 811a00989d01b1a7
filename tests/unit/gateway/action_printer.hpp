#pragma once

#include <gatehouse/gateway/session.hpp>

#include <ostream>
#include <string>

/// Readable failures: actions and states as text.
namespace gatehouse::gateway {

struct action_text {
  std::string operator()(const open_connection& a) const { return "open " + a.url; }
  std::string operator()(const send_text& a) const { return "send " + a.text; }
  std::string operator()(const close_connection& a) const {
    return "close " + std::to_string(a.code);
  }
  std::string operator()(const request_identify&) const { return "request identify"; }
  std::string operator()(const identify_sent&) const { return "identify sent"; }
  std::string operator()(const identify_abandoned&) const { return "identify abandoned"; }
  std::string operator()(const session_started& a) const {
    return "started " + a.session.session_id + " at " + a.session.resume_url;
  }
  std::string operator()(const session_resumed&) const { return "resumed"; }
  std::string operator()(const session_lost& a) const {
    return "lost " + a.session_id + " after " + std::to_string(a.last_seq);
  }
  std::string operator()(const events_unreadable& a) const {
    return "unreadable " + std::to_string(a.first) + " to " + std::to_string(a.last);
  }
  std::string operator()(const session_refused& a) const {
    return "refused " + std::to_string(a.code);
  }
  std::string operator()(const note& a) const { return "note: " + a.text; }
};

inline std::string text_of(const action& a) {
  return std::visit(action_text{}, a);
}

inline std::ostream& operator<<(std::ostream& out, shard_state state) {
  return out << "state " << static_cast<int>(state);
}

}  // namespace gatehouse::gateway
