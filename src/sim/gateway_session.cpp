#include "gateway_session.hpp"

#include "append.hpp"

namespace gatehouse::sim {
namespace {

constexpr std::size_t max_payload_bytes = 4096;
constexpr runtime::milliseconds on_time{250};            // from one check to the next
constexpr runtime::seconds patience_after_reconnect{5};  // then the server cuts by itself

bool ends_session(std::uint16_t code) noexcept {
  switch (code) {
    case 1000:
    case 4003:
    case 4004:
    case 4007:
    case 4009:
    case 4010:
    case 4011:
    case 4012:
    case 4013:
    case 4014:
      return true;
    default:
      return false;
  }
}

bool is_known_opcode(std::int64_t op) noexcept {
  switch (op) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 6:
    case 8:
    case 31:
    case 43:
      return true;
    default:
      return false;
  }
}

}  // namespace

void gateway_session::opened(runtime::time_point now, std::string_view version) {
  if (version != "10") {
    return fail(violation_kind::invalid_version, 4012, "Invalid API version.");
  }
  last_heartbeat_at_ = now;
  if (shared_.faults.take_waiting(fault_kind::reconnect_instead_of_hello, {})) {
    state_ = state::unidentified;
    send(R"({"t":null,"s":null,"op":7,"d":null})");
    return;
  }
  if (const auto closed = shared_.faults.take_waiting(fault_kind::close_instead_of_hello, {})) {
    return close(closed->close_code, "Simulated close.");
  }
  if (const auto slow = shared_.faults.take_waiting(fault_kind::slow_hello, {})) {
    port_.after(slow->delay, [this] { hello(); });
    return;
  }
  hello();
}

void gateway_session::hello() {
  if (state_ != state::opening) return;
  state_ = state::unidentified;
  last_heartbeat_at_ = runtime::clock::now();
  send(concat(R"({"t":null,"s":null,"op":10,"d":{"heartbeat_interval":)",
              shared_.options.heartbeat_interval.count(),
              R"(,"_trace":["[\"gateway-sim\",{\"micros\":0.0}]"]}})"));
  shared_.board.update([](statistics& numbers) { ++numbers.hellos; });
}

void gateway_session::received(std::string_view text, runtime::time_point now) {
  if (state_ == state::closed) return;
  if (!sends_.admit(now)) {
    return fail(violation_kind::send_rate, 4008, "You are being rate limited.");
  }
  if (text.size() > max_payload_bytes) {
    return fail(violation_kind::payload_size, 4002, "Error while decoding payload.");
  }
  element payload;
  std::int64_t op = 0;
  if (parser_.parse(text.data(), text.size()).get(payload) != simdjson::SUCCESS ||
      payload["op"].get(op) != simdjson::SUCCESS) {
    return fail(violation_kind::decode, 4002, "Error while decoding payload.");
  }
  if (!is_known_opcode(op)) {
    return fail(violation_kind::unknown_opcode, 4001, "Unknown opcode.");
  }
  element d;
  if (payload["d"].get(d) != simdjson::SUCCESS) {
    return fail(violation_kind::decode, 4002, "Error while decoding payload.");
  }
  answer(op, d, text, now);
}

void gateway_session::answer(std::int64_t op, const element& d, std::string_view text,
                             runtime::time_point now) {
  if (op == 1) return heartbeat(d, now);
  if (op == 2) return identify(d, now);
  if (op == 6) return resume(d, now);
  if (state_ == state::invalidated) {
    return fail(violation_kind::after_invalid_session, 4003, "Not authenticated.");
  }
  if (state_ != state::live || session_ == nullptr) {
    return fail(violation_kind::not_authenticated, 4003, "Not authenticated.");
  }
  shared_.board.record(&statistics::commands,
                       command_record{now, session_->shard_id, op, std::string(text)});
  command(op, d, now);
}

void gateway_session::heartbeat(const element& d, runtime::time_point now) {
  last_heartbeat_at_ = now;
  std::uint64_t seq = 0;
  const bool has_seq = d.get(seq) == simdjson::SUCCESS;
  if (session_ != nullptr) {
    ++session_->heartbeats;
    if (has_seq) {
      session_->last_heartbeat_seq = seq;
      if (shared_.options.trim_replay_by_heartbeat) session_->replay.trim(seq);
    }
  }
  shared_.board.update([](statistics& numbers) { ++numbers.heartbeats; });
  if (acknowledges_) send(R"({"t":null,"s":null,"op":11,"d":null})");
}

void gateway_session::check(runtime::time_point now) {
  // Heartbeats that came while the simulator itself did not get to run are not read yet.
  if (last_check_ && now - *last_check_ > on_time) last_heartbeat_at_ += now - *last_check_;
  last_check_ = now;
  if (state_ == state::closed || port_.held()) return;
  const auto interval = shared_.options.heartbeat_interval;
  if (now - last_heartbeat_at_ <= interval + interval * 3 / 4) return;
  const auto code = shared_.options.missed_heartbeat_close_code;
  fail(violation_kind::missed_heartbeat, code, "Session timed out.");
}

void gateway_session::closed(std::optional<std::uint16_t> client_code, runtime::time_point now) {
  state_ = state::closed;
  if (session_ == nullptr) return;
  if (client_code == 1000 || client_code == 1001) {
    end(*session_);
  } else {
    detach(now);
  }
}

void gateway_session::detach(runtime::time_point now) {
  shared_.sessions.detach(*session_, *this, now);
  session_ = nullptr;
}

/// Connections that spoke for it are left open, and mute.
void gateway_session::end(session& ended) {
  for (auto* const connection : ended.connections) connection->session_ = nullptr;
  shared_.sessions.end(ended.id, runtime::clock::now());
}

void gateway_session::violate(violation_kind kind, std::string text) {
  shared_.board.violated(kind, shard(), std::move(text));
}

std::optional<std::uint32_t> gateway_session::shard() const {
  if (session_ == nullptr) return std::nullopt;
  return session_->shard_id;
}

void gateway_session::fail(violation_kind kind, std::uint16_t code, std::string_view reason) {
  violate(kind, concat(code, " ", reason));
  close(code, reason);
}

void gateway_session::close(std::uint16_t code, std::string_view reason) {
  if (state_ == state::closed) return;
  state_ = state::closed;
  if (session_ != nullptr) {
    if (ends_session(code)) {
      end(*session_);
    } else {
      detach(runtime::clock::now());
    }
  }
  port_.close(code, reason);
}

void gateway_session::send(std::string_view payload) {
  if (!silent_) port_.send(payload);
}

void gateway_session::deliver(std::string_view payload) {
  if (state_ == state::live) send(payload);
}

void gateway_session::send_invalid_session(bool resumable) {
  state_ = state::invalidated;
  send(concat(R"({"t":null,"s":null,"op":9,"d":)", json_bool(resumable), "}"));
}

void gateway_session::strike(const fault& what) {
  if (state_ == state::closed) return;
  switch (what.kind) {
    case fault_kind::reset:
      return port_.reset();
    case fault_kind::close:
      return close(what.close_code, "Simulated close.");
    case fault_kind::stop_acks:
      acknowledges_ = false;
      return;
    case fault_kind::silence:
      silent_ = true;
      return;
    case fault_kind::corrupt_frame:
      return port_.send_garbage();
    case fault_kind::unreadable_event:
      if (session_ == nullptr) return;
      return send(concat(R"({"t":"BROKEN","s":)", ++session_->seq, R"(,"op":0,"d":{"cut":)"));
    case fault_kind::request_heartbeat:
      return send(R"({"t":null,"s":null,"op":1,"d":null})");
    case fault_kind::reconnect:
      send(R"({"t":null,"s":null,"op":7,"d":null})");
      return port_.after(patience_after_reconnect, [this] { close(4000, "Reconnect."); });
    case fault_kind::invalid_session:
      if (session_ != nullptr) {
        if (what.resumable) {
          detach(runtime::clock::now());
        } else {
          end(*session_);
        }
      }
      return send_invalid_session(what.resumable);
    case fault_kind::refuse_connection:
    case fault_kind::slow_hello:
    case fault_kind::reconnect_instead_of_hello:
    case fault_kind::close_instead_of_hello:
    case fault_kind::refuse_resume:
      return;  // these wait in the plan for a client to come
  }
}

}  // namespace gatehouse::sim
