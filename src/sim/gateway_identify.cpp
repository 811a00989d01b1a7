// How a connection gets its session: Identify and Resume (discord-api-docs: gateway, Identifying
// and Resuming).
#include "append.hpp"
#include "event_hub.hpp"
#include "flood.hpp"
#include "gateway_session.hpp"
#include "intents.hpp"

namespace gatehouse::sim {

/// What an Identify asks for, checked.
struct identify_request {
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  std::uint64_t intents = 0;
  std::string presence{};  ///< empty: none
};

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
  element presence;
  if (d["presence"].get(presence) == simdjson::SUCCESS) {
    request.presence = simdjson::minify(presence);
  }
  std::uint32_t guilds = 0;
  for (const auto guild_id : shared_.factory.guild_ids()) {
    if ((guild_id >> 22U) % request.shard_count == request.shard_id) ++guilds;
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
                                                                .session_id = {},
                                                                .presence = request.presence});
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
  shared_.sessions.attach(made, *this, now);
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
                                       .session_id = made.id,
                                       .presence = request.presence});
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
    end(*known);
    return fail(violation_kind::invalid_seq, 4007, "Invalid seq.");
  }
  if (!known->replay.covers(seq)) return refuse_resume(std::move(record), false, true);
  const bool is_live = !known->connections.empty();
  if (is_live && shared_.options.on_resume == resume_policy::refuse_live) {
    return refuse_resume(std::move(record), false, false);
  }
  // Attached first: a session is not without connection for a moment.
  const std::vector<gateway_session*> earlier = known->connections;
  shared_.sessions.attach(*known, *this, now);
  if (shared_.options.on_resume == resume_policy::replace) {
    for (auto* const each : earlier) each->close(4000, "Session resumed elsewhere.");
  }
  replay(*known, seq, std::move(record));
}

void gateway_session::refuse_resume(resume_record record, bool resumable, bool end_session) {
  if (end_session) {
    if (session* const refused = shared_.sessions.find(record.session_id)) end(*refused);
  }
  shared_.board.update([](statistics& numbers) { ++numbers.resumes_refused; });
  shared_.board.record(&statistics::resumes, std::move(record));
  send_invalid_session(resumable);
}

void gateway_session::replay(session& resumed, std::uint64_t seq, resume_record record) {
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

}  // namespace gatehouse::sim
