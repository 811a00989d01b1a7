#include "gateway_session.hpp"

#include "append.hpp"
#include "event_hub.hpp"
#include "flood.hpp"
#include "intents.hpp"

namespace gatehouse::sim {

/// What an Identify asks for, checked.
struct identify_request {
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  std::uint64_t intents = 0;
};

namespace {

constexpr std::size_t max_payload_bytes = 4096;
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

bool gateway_session::token_matches(std::string_view token) const {
  if (token.starts_with("Bot ")) token.remove_prefix(4);
  return shared_.options.token.empty() || token == shared_.options.token;
}

bool gateway_session::check_identify(const element& d, identify_request& request) {
  std::string_view token;
  if (d["token"].get(token) != simdjson::SUCCESS || !token_matches(token)) {
    fail(violation_kind::authentication_failed, 4004, "Authentication failed.");
    return false;
  }
  simdjson::dom::array shard;
  if (d["shard"].get(shard) == simdjson::SUCCESS) {
    std::uint64_t id = 0;
    std::uint64_t count = 0;
    if (shard.size() != 2 || shard.at(0).get(id) != simdjson::SUCCESS ||
        shard.at(1).get(count) != simdjson::SUCCESS || id >= count || count > 100'000 ||
        count % shared_.options.shard_multiple != 0) {
      fail(violation_kind::invalid_shard, 4010, "Invalid shard.");
      return false;
    }
    request.shard_id = static_cast<std::uint32_t>(id);
    request.shard_count = static_cast<std::uint32_t>(count);
  }
  if (d["intents"].get(request.intents) != simdjson::SUCCESS ||
      (request.intents & ~intent::all) != 0) {
    fail(violation_kind::invalid_intents, 4013, "Invalid intent(s).");
    return false;
  }
  if ((request.intents & ~shared_.options.allowed_intents) != 0) {
    fail(violation_kind::disallowed_intents, 4014, "Disallowed intent(s).");
    return false;
  }
  std::uint32_t guilds = 0;
  for (const auto guild_id : shared_.factory.guild_ids()) {
    guilds += (guild_id >> 22U) % request.shard_count == request.shard_id ? 1 : 0;
  }
  if (guilds > shared_.options.max_guilds_per_shard) {
    fail(violation_kind::sharding_required, 4011, "Sharding required.");
    return false;
  }
  return true;
}

bool gateway_session::admit_identify(const identify_request& request, runtime::time_point now) {
  const auto verdict = shared_.identify.admit(request.shard_id, now);
  if (verdict == identify_limits::verdict::admitted) return true;
  const auto bucket = shared_.identify.bucket(request.shard_id);
  shared_.board.record(&statistics::identifies, identify_record{.at = now,
                                                                .shard_id = request.shard_id,
                                                                .shard_count = request.shard_count,
                                                                .bucket = bucket,
                                                                .intents = request.intents,
                                                                .accepted = false,
                                                                .session_id = {}});
  if (verdict == identify_limits::verdict::exhausted) {
    // Discord resets the token; what is left of that is that no identify succeeds.
    fail(violation_kind::session_start_limit, 4004, "Authentication failed.");
  } else {
    shared_.board.violated(violation_kind::identify_rate, request.shard_id,
                           concat("second identify in bucket ", bucket, " within the window"));
    send_invalid_session(false);
  }
  return false;
}

void gateway_session::identify(const element& d, runtime::time_point now) {
  if (session_ != nullptr) {
    return fail(violation_kind::already_authenticated, 4005, "Already authenticated.");
  }
  identify_request request;
  if (!check_identify(d, request) || !admit_identify(request, now)) return;
  begin_session(request, now);
}

void gateway_session::begin_session(const identify_request& request, runtime::time_point now) {
  session& made = shared_.sessions.create(request.shard_id, request.shard_count, request.intents);
  made.registry_index = shared_.registry->open_session(made.id);
  made.attached = this;
  const auto span = shared_.options.delivery_delay_max - shared_.options.delivery_delay_min;
  made.delivery_delay =
      shared_.options.delivery_delay_min +
      std::chrono::duration_cast<runtime::milliseconds>(span * shared_.random.fraction());
  session_ = &made;
  state_ = state::live;
  send_ready();
  shared_.hub->publish_statistics();
  shared_.board.update([](statistics& numbers) { ++numbers.identifies_accepted; });
  shared_.board.record(&statistics::identifies,
                       identify_record{.at = now,
                                       .shard_id = request.shard_id,
                                       .shard_count = request.shard_count,
                                       .bucket = shared_.identify.bucket(request.shard_id),
                                       .intents = request.intents,
                                       .accepted = true,
                                       .session_id = made.id});
}

void gateway_session::send_ready() {
  std::string d = concat(
      R"({"v":10,"user_settings":{},"user":{"verified":true,"username":"sim",)",
      R"("mfa_enabled":true,"id":")", bot_user_id,
      R"(","flags":0,"email":null,"discriminator":"0","bot":true,"avatar":null})", R"(,"shard":[)",
      session_->shard_id, ",", session_->shard_count, R"(],"session_type":"normal","session_id":")",
      session_->id, R"(","resume_gateway_url":)", json_string(shared_.resume_url),
      R"(,"relationships":[],"private_channels":[],"presences":[],"guilds":[)");
  for (const auto guild_id : shared_.factory.guild_ids()) {
    if (!covers(guild_id)) continue;
    append(d, d.back() == '[' ? "" : ",", R"({"unavailable":true,"id":")", guild_id, R"("})");
  }
  append(d, R"(],"guild_join_requests":[],"geo_ordered_rtc_regions":[],"application":{"id":")",
         application_id, R"(","flags":565248},"_trace":["[\"gateway-sim\",{\"micros\":0}]"]})");
  shared_.hub->dispatch(*session_, "READY", d);
  if ((session_->intents & intent::guilds) == 0) return;
  for (const auto guild_id : shared_.factory.guild_ids()) {
    if (!covers(guild_id)) continue;
    d.clear();
    shared_.factory.append_guild_create(d, guild_id);
    shared_.hub->dispatch(*session_, "GUILD_CREATE", d);
  }
}

void gateway_session::resume(const element& d, runtime::time_point now) {
  if (session_ != nullptr) {
    return fail(violation_kind::already_authenticated, 4005, "Already authenticated.");
  }
  std::string_view token;
  std::string_view id;
  std::uint64_t seq = 0;
  if (d["session_id"].get(id) != simdjson::SUCCESS || d["seq"].get(seq) != simdjson::SUCCESS) {
    return fail(violation_kind::decode, 4002, "Error while decoding payload.");
  }
  if (d["token"].get(token) != simdjson::SUCCESS || !token_matches(token)) {
    return fail(violation_kind::authentication_failed, 4004, "Authentication failed.");
  }
  session* const known = shared_.sessions.find(id);
  resume_record record{.at = now,
                       .shard_id = known == nullptr ? 0 : known->shard_id,
                       .session_id = std::string(id),
                       .seq = seq,
                       .on_second_port = on_second_port_};
  const std::optional<std::uint32_t> shard_id =
      known == nullptr ? std::nullopt : std::optional(known->shard_id);
  if (const auto refused = shared_.faults.take_waiting(fault_kind::refuse_resume, shard_id)) {
    return refuse_resume(std::move(record), refused->resumable, !refused->resumable);
  }
  if (known == nullptr) return refuse_resume(std::move(record), false, false);
  if (seq > known->seq) {
    shared_.sessions.end(known->id);
    return fail(violation_kind::invalid_seq, 4007, "Invalid seq.");
  }
  if (!known->replay.covers(seq)) return refuse_resume(std::move(record), false, true);
  if (known->attached != nullptr) {
    gateway_session& earlier = *known->attached;
    earlier.session_ = nullptr;
    earlier.close(4000, "Session resumed elsewhere.");
  }
  replay(*known, seq, std::move(record));
}

void gateway_session::refuse_resume(resume_record record, bool resumable, bool end_session) {
  if (end_session) {
    if (session* const refused = shared_.sessions.find(record.session_id)) {
      if (refused->attached != nullptr) refused->attached->session_ = nullptr;
      shared_.sessions.end(record.session_id);
    }
  }
  shared_.board.update([](statistics& numbers) { ++numbers.resumes_refused; });
  shared_.board.record(&statistics::resumes, std::move(record));
  send_invalid_session(resumable);
}

void gateway_session::replay(session& resumed, std::uint64_t seq, resume_record record) {
  resumed.attached = this;
  resumed.away_since.reset();
  session_ = &resumed;
  state_ = state::live;
  record.replayed =
      resumed.replay.each_after(seq, [this](std::string_view payload) { send(payload); });
  shared_.hub->dispatch(resumed, "RESUMED", R"({"_trace":["[\"gateway-sim\",{\"micros\":0}]"]})");
  record.accepted = true;
  shared_.hub->publish_statistics();
  shared_.board.update([&](statistics& numbers) {
    ++numbers.resumes_accepted;
    numbers.replayed += record.replayed;
  });
  shared_.board.record(&statistics::resumes, std::move(record));
  shared_.running_flood->pump();
}

void gateway_session::check(runtime::time_point now) {
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
    end_session();
  } else {
    detach(now);
  }
}

void gateway_session::detach(runtime::time_point now) {
  session_->attached = nullptr;
  session_->away_since = now;
  session_ = nullptr;
}

void gateway_session::end_session() {
  const std::string id = session_->id;
  session_ = nullptr;
  shared_.sessions.end(id);
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
      end_session();
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
          end_session();
        }
      }
      return send_invalid_session(what.resumable);
    case fault_kind::refuse_connection:
    case fault_kind::slow_hello:
    case fault_kind::reconnect_instead_of_hello:
    case fault_kind::refuse_resume:
      return;  // these wait in the plan for a client to come
  }
}

}  // namespace gatehouse::sim
