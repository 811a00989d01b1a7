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

guild_decision usual_decision(guild_cache::creation meaning) {
  switch (meaning) {
    case guild_cache::creation::initial_load:
      return guild_decision::as_guild_loaded;
    case guild_cache::creation::join:
      return guild_decision::forward;
    case guild_cache::creation::outage_return:
    case guild_cache::creation::unavailable:
      break;
  }
  return guild_decision::drop;
}

guild_meaning to_question(guild_cache::creation meaning) {
  switch (meaning) {
    case guild_cache::creation::initial_load:
      return guild_meaning::initial_load;
    case guild_cache::creation::join:
      return guild_meaning::join;
    case guild_cache::creation::outage_return:
      return guild_meaning::outage_return;
    case guild_cache::creation::unavailable:
      break;
  }
  return guild_meaning::unavailable;
}

}  // namespace

pipeline::pipeline(const config::event_settings& settings, event_type_registry& types,
                   event_pool& pool, event_sink& sink,
                   const controllers::decision_points* decisions)
    : types_(types),
      pool_(pool),
      sink_(sink),
      decisions_(decisions),
      decides_payload_(decisions != nullptr && decisions->decides_payload()),
      ready_(types.intern("READY")),
      guild_loaded_(types.intern(guild_loaded)),
      gap_(types.intern(gap_event)),
      guild_create_(settings.guild_create) {
  set_rules(settings);
}

void pipeline::apply(const config::event_settings& changed) {
  guild_create_ = changed.guild_create;
  set_rules(changed);
}

void pipeline::set_rules(const config::event_settings& settings) {
  rules_.clear();
  default_ = settings.only.empty() ? verdict::forward : verdict::drop;
  rule_for(gap_event).filter = verdict::forward;
  add_filter(settings.only, verdict::forward);
  add_filter(settings.drop, verdict::drop);
  if (!names(settings.only, guild_loaded) && !names(settings.drop, guild_loaded)) {
    rule_for(guild_loaded).filter = rule_of(types_.intern("GUILD_CREATE")).filter;
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
  if (edited_message_ttl.count() == 0 || !sends_updates) return edited_messages_.reset();
  // What is remembered of messages survives a reload.
  if (!edited_messages_ || edited_message_ttl != edited_message_ttl_) {
    edited_messages_.emplace(edited_message_ttl);
    edited_message_ttl_ = edited_message_ttl;
  }
  rule_for("MESSAGE_CREATE").wanted = interest::message_create;
  rule_for("MESSAGE_UPDATE").wanted = interest::message_update;
}

/// Hot path: once per event.
void pipeline::handle(const session_log_ptr& session, const dispatch& received,
                      runtime::time_point now) {
  const event_type type = types_.intern(received.type);
  count(counters_.received, type);
  session->open(received.seq);
  const rule applied = rule_of(type);
  decision made{applied.filter, type};
  if (applied.wanted != interest::none) {
    judge(*session, received, applied.wanted, learn(*session, received, applied.wanted), now, made);
  }
  send(session, received, type, made, now);
}

std::optional<guild_cache::creation> pipeline::observe(session_log& session,
                                                       const dispatch& received) {
  const event_type type = types_.intern(received.type);
  count(counters_.received, type);
  session.open(received.seq);
  return learn(session, received, rule_of(type).wanted);
}

void pipeline::forward(const session_log_ptr& session, const dispatch& received,
                       std::optional<guild_cache::creation> creation, runtime::time_point now) {
  const event_type type = types_.intern(received.type);
  const rule applied = rule_of(type);
  decision made{applied.filter, type};
  judge(*session, received, applied.wanted, creation, now, made);
  send(session, received, type, made, now);
}

void pipeline::withhold(session_log& session, std::string_view type, std::int64_t seq) {
  withhold(session, types_.intern(type), seq);
}

void pipeline::withhold(session_log& session, event_type type, std::int64_t seq) {
  count(counters_.filtered, type);
  session.settle(seq);
}

bool pipeline::is_filtered(std::string_view event_name) {
  return rule_of(types_.intern(event_name)).filter == verdict::drop;
}

void pipeline::send(const session_log_ptr& session, const dispatch& received, event_type type,
                    const decision& made, runtime::time_point now) {
  if (made.filter == verdict::drop) return withhold(*session, type, received.seq);
  event_ptr outgoing = make_outgoing(session, received, type, made, now);
  if (decides_payload_) {
    outgoing = ask_about(std::move(outgoing), received);
    if (!outgoing) return withhold(*session, type, received.seq);
  }
  count(counters_.forwarded, outgoing->type);
  sink_.accept(std::move(outgoing));
}

event_ptr pipeline::make_outgoing(const session_log_ptr& session, const dispatch& received,
                                  event_type type, const decision& made, runtime::time_point now) {
  event_ptr outgoing = made.type == type ? pool_.make(received.body_prefix, received.payload)
                                         : make_renamed(received, types_.name(made.type));
  outgoing->session = session;
  outgoing->seq = received.seq;
  outgoing->guild_id = received.guild_id;
  outgoing->type = made.type;
  outgoing->is_barrier = type == ready_;
  outgoing->received = now;
  return outgoing;
}

event_ptr pipeline::ask_about(event_ptr outgoing, const dispatch& received) {
  auto decided =
      decisions_->handle_payload({outgoing->shard_id(), outgoing->guild_id, outgoing->seq,
                                  types_.name(outgoing->type), outgoing->payload()});
  if (!decided.forward) return nullptr;
  if (decided.url && !sink_.has_url(*decided.url)) {
    decisions_->reject(controllers::hook::handle_payload, "its URL is none of the configured ones");
    return outgoing;
  }
  if (decided.payload) {
    event_ptr rewritten = pool_.make(received.body_prefix, *decided.payload);
    rewritten->session = outgoing->session;
    rewritten->seq = outgoing->seq;
    rewritten->guild_id = outgoing->guild_id;
    rewritten->type = outgoing->type;
    rewritten->is_barrier = outgoing->is_barrier;
    rewritten->received = outgoing->received;
    outgoing = std::move(rewritten);
  }
  if (decided.url) outgoing->wanted_url = pool_.keep_url(*decided.url);
  return outgoing;
}

/// Keeps the session's guilds up to date.
std::optional<guild_cache::creation> pipeline::learn(session_log& session, const dispatch& received,
                                                     interest wanted) {
  switch (wanted) {
    case interest::ready:
      session.guilds().on_ready(received.seq, read_ready_guilds(received.indexed));
      break;
    case interest::guild_create:
      if (received.guild_id == 0) break;
      return session.guilds().on_create(received.seq, received.guild_id,
                                        read_unavailable(received));
    case interest::guild_delete:
      if (received.guild_id == 0) break;
      session.guilds().on_delete(received.seq, received.guild_id, read_unavailable(received));
      break;
    case interest::none:
    case interest::message_create:
    case interest::message_update:
      break;
  }
  return std::nullopt;
}

void pipeline::judge(const session_log& session, const dispatch& received, interest wanted,
                     std::optional<guild_cache::creation> creation, runtime::time_point now,
                     decision& made) {
  if (creation) return judge_guild(session, received, *creation, made);
  if (wanted == interest::message_create) {
    edited_messages_->on_create(received.indexed, now);
  } else if (wanted == interest::message_update) {
    judge_update(session, received, edited_messages_->on_update(received.indexed, now), made);
  }
}

void pipeline::judge_update(const session_log& session, const dispatch& received,
                            bool is_same_content, decision& made) const {
  bool is_dropped = is_same_content;
  if (decisions_ != nullptr && decisions_->decides_message()) {
    is_dropped = !decisions_->message_update(
        {session.shard_id(), received.guild_id, is_same_content, received.payload});
  }
  if (is_dropped) made.filter = verdict::drop;
}

void pipeline::judge_guild(const session_log& session, const dispatch& received,
                           guild_cache::creation meaning, decision& made) const {
  auto decided = guild_create_ == config::guild_create_mode::raw ? guild_decision::forward
                                                                 : usual_decision(meaning);
  if (decisions_ != nullptr && decisions_->decides_guild()) {
    decided = decisions_->guild_create(
        {session.shard_id(), received.guild_id, to_question(meaning), decided, received.payload});
  }
  switch (decided) {
    case guild_decision::forward:
      return;
    case guild_decision::as_guild_loaded:
      made = {rule_of(guild_loaded_).filter, guild_loaded_};
      return;
    case guild_decision::drop:
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
  if (gap.seq > 0) lost->open(gap.seq);
  if (rule_of(gap_).filter == verdict::drop) return withhold(*lost, gap_, gap.seq);
  std::string payload = R"({"op":0,"t":"GATEHOUSE_GAP","s":null,"d":{"shard_id":)";
  payload += std::to_string(lost->shard_id()) + R"(,"last_seq":)" + std::to_string(gap.last_seq);
  payload += R"(,"reason":)";
  telemetry::append_json_string(payload, gap.reason);
  payload += "}}";
  event_ptr made = pool_.make(gap.body_prefix, payload);
  if (gap.seq == 0) lost->open_unnumbered();
  made->session = lost;
  made->seq = gap.seq;
  made->type = gap_;
  made->is_barrier = true;
  made->received = now;
  count(counters_.forwarded, gap_);
  sink_.accept(std::move(made));
}

}  // namespace gatehouse::events
