#include "guild_payload.hpp"

#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::events {
namespace {

constexpr std::string_view guild_loaded = "GUILD_LOADED_DD";
constexpr std::string_view gap_event = "GATEHOUSE_GAP";

void count(std::vector<std::uint64_t>& counters, event_type type) {
  const auto index = static_cast<std::size_t>(type);
  if (index >= counters.size()) counters.resize(index + 1);
  ++counters[index];
}

bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

pipeline::pipeline(const config::event_settings& settings, event_type_registry& types,
                   event_pool& pool, event_sink& sink)
    : types_(types),
      pool_(pool),
      sink_(sink),
      ready_(types.intern("READY")),
      guild_loaded_(types.intern(guild_loaded)),
      gap_(types.intern(gap_event)),
      guild_create_(settings.guild_create),
      default_(settings.only.empty() ? verdict::forward : verdict::drop) {
  rule_for(gap_event).filter = verdict::forward;
  add_filter(settings.only, verdict::forward);
  add_filter(settings.drop, verdict::drop);
  if (!names(settings.only, guild_loaded) && !names(settings.drop, guild_loaded)) {
    rule_for(guild_loaded).filter = rule_of(types.intern("GUILD_CREATE")).filter;
  }
  add_interests(settings.edited_message_ttl);
}

pipeline::rule& pipeline::rule_for(std::string_view name) {
  const auto index = static_cast<std::size_t>(types_.intern(name));
  if (index >= rules_.size()) rules_.resize(index + 1, {.filter = default_});
  return rules_[index];
}

pipeline::rule pipeline::rule_of(event_type type) const noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < rules_.size() ? rules_[index] : rule{.filter = default_};
}

void pipeline::add_filter(const std::vector<std::string>& events, verdict filter) {
  for (const auto& name : events) rule_for(name).filter = filter;
}

void pipeline::add_interests(runtime::milliseconds edited_message_ttl) {
  rule_for("READY").wanted = interest::ready;
  rule_for("GUILD_CREATE").wanted = interest::guild_create;
  rule_for("GUILD_DELETE").wanted = interest::guild_delete;
  const bool sends_updates = rule_for("MESSAGE_UPDATE").filter == verdict::forward;
  if (edited_message_ttl.count() == 0 || !sends_updates) return;
  edited_messages_.emplace(edited_message_ttl);
  rule_for("MESSAGE_CREATE").wanted = interest::message_create;
  rule_for("MESSAGE_UPDATE").wanted = interest::message_update;
}

void pipeline::handle(const session_log_ptr& session, const dispatch& received,
                      runtime::time_point now) {
  const event_type type = types_.intern(received.type);
  count(counters_.received, type);
  session->open(received.seq);
  const rule applied = rule_of(type);
  decision made{applied.filter, type};
  if (applied.wanted != interest::none) inspect(*session, received, applied.wanted, now, made);
  if (made.filter == verdict::drop) {
    count(counters_.filtered, type);
    session->settle(received.seq);
    return;
  }
  event_ptr outgoing = made.type == type ? pool_.make(received.body_prefix, received.payload)
                                         : make_renamed(received, types_.name(made.type));
  outgoing->session = session;
  outgoing->seq = received.seq;
  outgoing->guild_id = received.guild_id;
  outgoing->type = made.type;
  outgoing->is_barrier = type == ready_;
  outgoing->received = now;
  sink_.accept(std::move(outgoing));
}

void pipeline::inspect(session_log& session, const dispatch& received, interest wanted,
                       runtime::time_point now, decision& made) {
  switch (wanted) {
    case interest::none:
      return;
    case interest::ready:
      return session.guilds().on_ready(received.seq, read_ready_guilds(received.indexed));
    case interest::guild_create:
      return on_guild_create(session, received, made);
    case interest::guild_delete:
      if (received.guild_id == 0) return;
      session.guilds().on_delete(received.seq, received.guild_id,
                                 read_unavailable(received.indexed));
      return;
    case interest::message_create:
      return edited_messages_->on_create(received.indexed, now);
    case interest::message_update:
      if (edited_messages_->on_update(received.indexed, now)) made.filter = verdict::drop;
      return;
  }
}

void pipeline::on_guild_create(session_log& session, const dispatch& received, decision& made) {
  if (received.guild_id == 0) return;
  const auto meaning = session.guilds().on_create(received.seq, received.guild_id,
                                                  read_unavailable(received.indexed));
  if (guild_create_ == config::guild_create_mode::raw) return;
  switch (meaning) {
    case guild_cache::creation::initial_load:
      made = {rule_of(guild_loaded_).filter, guild_loaded_};
      return;
    case guild_cache::creation::join:
      return;
    case guild_cache::creation::outage_return:
    case guild_cache::creation::unavailable:
      made.filter = verdict::drop;
      return;
  }
}

/// The payload with another name in the place of `t`; every other byte stays.
event_ptr pipeline::make_renamed(const dispatch& received, std::string_view name) {
  const auto place = static_cast<std::size_t>(received.type.data() - received.payload.data());
  const std::array pieces{received.payload.substr(0, place), name,
                          received.payload.substr(place + received.type.size())};
  return pool_.make(received.body_prefix, pieces);
}

void pipeline::handle_gap(const session_log_ptr& lost, const session_gap& gap,
                          runtime::time_point now) {
  count(counters_.received, gap_);
  if (rule_of(gap_).filter == verdict::drop) {
    count(counters_.filtered, gap_);
    return;
  }
  std::string payload = R"({"op":0,"t":"GATEHOUSE_GAP","s":null,"d":{"shard_id":)";
  payload += std::to_string(lost->shard_id()) + R"(,"last_seq":)" + std::to_string(gap.last_seq);
  payload += R"(,"reason":)";
  telemetry::append_json_string(payload, gap.reason);
  payload += "}}";
  event_ptr made = pool_.make(gap.body_prefix, payload);
  made->session = lost;
  made->type = gap_;
  made->is_barrier = true;
  made->received = now;
  sink_.accept(std::move(made));
}

}  // namespace gatehouse::events
