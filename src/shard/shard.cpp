#include "connection.hpp"
#include "step.hpp"

#include <gatehouse/shard/shard.hpp>

#include <spdlog/spdlog.h>

#include <array>
#include <bit>
#include <utility>

namespace gatehouse::shard {
namespace {

/// Another one in every process.
std::string nonce_prefix(const runtime::random_source& random) {
  return "gh" + std::to_string(static_cast<std::uint32_t>(random() * 0x1p32)) + "-";
}

std::string_view describe(gateway::envelope_error error) {
  switch (error) {
    case gateway::envelope_error::none:
      return "no error";
    case gateway::envelope_error::not_json:
      return "a payload is not JSON";
    case gateway::envelope_error::not_an_object:
      return "a payload is not a JSON object";
    case gateway::envelope_error::missing_op:
      return "a payload has no opcode";
    case gateway::envelope_error::wrong_type:
      return "a payload's envelope has a wrong type";
  }
  return "unknown error";
}

}  // namespace

shard::shard(gateway::session_config config, int generation, std::string_view envelope,
             shard_services& services, shard_observer& observer)
    : services_(services),
      observer_(observer),
      shard_id_(config.shard_id),
      generation_(generation),
      total_shards_(config.total_shards),
      intents_(config.intents),
      body_prefix_(events::body_prefix(config.shard_id, envelope)),
      requests_(nonce_prefix(services.random), services.answers,
                gateway::user_id_of_token(config.token)),
      presence_(config.presence),
      session_(std::move(config), services.random),
      timer_(services.executor) {
  if (services.decisions == nullptr || !services.decisions->decides_heartbeat()) return;
  session_.set_beat_chooser([this](const auto& proposed) { return choose_beat(proposed); });
}

shard::~shard() = default;

void shard::start(std::optional<storage::stored_session> from) {
  std::optional<gateway::resume_point> point;
  if (from) {
    const auto& stored = from->position;
    point = gateway::resume_point{stored.session_id, stored.resume_url, stored.seq};
    begin_session(*point, stored.seq,
                  events::guild_cache{{from->guild_ids, from->loading_guild_ids}});
    handed_out_ = stored;
    stored_seq_ = stored.seq;
  }
  step([&](auto& session, auto now, auto& out) { session.start(std::move(point), now, out); });
}

void shard::reconnect(gateway::reconnect_mode mode) {
  step([&](auto& session, auto now, auto& out) { session.reconnect(mode, now, out); });
}

void shard::resume_reading() {
  if (current_ && current_->ws() != nullptr) current_->ws()->resume();
}

void shard::stop(std::uint16_t close_code) {
  step([&](auto& session, auto now, auto& out) { session.stop(close_code, now, out); });
}

shard_status shard::status() const {
  shard_status copy;
  copy.shard_id = shard_id_;
  copy.generation = generation_;
  copy.total_shards = total_shards_;
  copy.state = session_.state();
  copy.rtt = session_.rtt();
  if (const auto& held = session_.resumable()) {
    copy.session_id = held->session_id;
    copy.received_seq = held->seq;
  }
  if (log_) copy.safe_seq = log_->safe_seq();
  copy.dispatches = dispatches_;
  copy.stale_dispatches = stale_dispatches_;
  copy.connections = connections_opened_;
  copy.gaps = gaps_;
  copy.bytes_received = bytes_received_;
  copy.bytes_sent = bytes_sent_;
  if (current_ && current_->ws() != nullptr) {
    copy.bytes_received += current_->ws()->bytes_received();
    copy.bytes_sent += current_->ws()->bytes_sent();
  }
  if (log_) {
    copy.guilds = log_->guilds().known();
    copy.loading_guilds = log_->guilds().loading();
  }
  copy.outgoing = outbox_.size();
  copy.commands_sent = commands_sent_;
  copy.commands_dropped = commands_dropped_;
  copy.deaf_alarms = deaf_alarms_;
  copy.unreadable_payloads = unreadable_payloads_;
  copy.reconnects = session_.reconnects();
  return copy;
}

/// Performs the actions collected in `actions_`. They may call for further input (a refused dial
/// does not: it reports later), so the list is taken away first.
void shard::perform() {
  const gateway::actions todo = std::exchange(actions_, {});
  for (const auto& wanted : todo) perform_one(wanted);
  outbox_.set_open(session_.state() == gateway::shard_state::connected);
  outbox_.set_heartbeat_interval(session_.heartbeat_interval());
  pump();
  arm();
  if (session_.state() != reported_state_) {
    tell_requests(std::exchange(reported_state_, session_.state()), session_.state());
    observer_.on_state(key(), reported_state_);
  }
}

void shard::perform_one(const gateway::action& wanted) {
  struct visitor {
    shard& self;
    void operator()(const gateway::open_connection& a) const { self.open(a.url); }
    void operator()(const gateway::send_text& a) const {
      switch (a.priority) {
        case gateway::send_priority::heartbeat:
          self.outbox_.push_heartbeat(a.text);
          break;
        case gateway::send_priority::requested_heartbeat:
          self.outbox_.push_requested_heartbeat(a.text);
          break;
        case gateway::send_priority::session:
          self.outbox_.push_session_frame(a.text);
          break;
      }
      self.pump();
    }
    void operator()(const gateway::close_connection& a) const { self.close(a.code); }
    void operator()(const gateway::request_identify&) const {
      self.observer_.on_request_identify(self.key());
    }
    void operator()(const gateway::identify_sent&) const {
      self.observer_.on_identify_sent(self.key());
    }
    void operator()(const gateway::identify_abandoned&) const {
      self.observer_.on_identify_abandoned(self.key());
    }
    void operator()(const gateway::session_started& a) const {
      self.begin_session(a.session, 0, {});
      self.requests_.on_new_session(self.request_actions_);
      self.observer_.on_session_started(self.key());
      self.tell(config::log_level::info, "connected with a new session");
    }
    void operator()(const gateway::session_resumed&) const {
      self.requests_.on_resumed(runtime::clock::now());
      self.tell(config::log_level::info, "connected, session resumed");
    }
    void operator()(const gateway::session_lost& a) const { self.tell_gap(a); }
    void operator()(const gateway::events_unreadable& a) const { self.tell_unreadable(a); }
    void operator()(const gateway::session_refused& a) const {
      self.observer_.on_refused(self.key(), a.code);
    }
    void operator()(const gateway::note& a) const { self.write_note(a); }
  };
  std::visit(visitor{*this}, wanted);
}

void shard::allow_identify(runtime::time_point until) {
  session_.set_presence(choose_presence());
  step([until](auto& session, auto now, auto& out) {
    session.on_identify_allowed(now, out, until);
  });
}

void shard::withdraw_leave() {
  step([](auto& session, auto now, auto& out) { session.on_leave_withdrawn(now, out); });
}

void shard::write_note(const gateway::note& text) {
  using config::log_level;
  constexpr std::array levels{log_level::debug, log_level::info, log_level::warn, log_level::error};
  const log_level level = levels.at(static_cast<std::size_t>(text.level));
  if (text.close_code == 0) return tell(level, text.text);
  tell(level, text.text, {{telemetry::log_field::close_code, text.close_code}});
}

/// While resharding, the line of a shard that does not serve is not to be taken for an outage.
void shard::tell(config::log_level level, std::string_view text, telemetry::facts more) const {
  using telemetry::log_field;
  if (!telemetry::is_wanted(*services_.log, level)) return;
  std::vector<telemetry::fact> members{{log_field::worker, services_.worker_id},
                                       {log_field::shard, shard_id_},
                                       {log_field::generation, generation_}};
  members.insert(members.end(), more);
  std::string name = "shard " + std::to_string(shard_id_);
  if (generation_ != services_.serving_generation) {
    const bool is_new = generation_ > services_.serving_generation;
    name += " of " + std::to_string(total_shards_) + (is_new ? ", new set" : ", old set");
  }
  telemetry::write_prose(*services_.log, level, members, name.append(": ").append(text));
}

void shard::on_payload(std::string_view text) {
  gateway::envelope received;
  const auto error = services_.parser.parse(text, received);
  if (error != gateway::envelope_error::none) {
    on_unreadable(describe(error));
  } else if (received.op == static_cast<int>(gateway::opcode::dispatch)) {
    on_dispatch(received, text);
  } else {
    step([&](auto& session, auto now, auto& out) { session.on_control(received, now, out); });
  }
}

/// Said ever more seldom.
void shard::on_unreadable(std::string_view reason) {
  if (std::has_single_bit(++unreadable_payloads_)) {
    tell(config::log_level::warn,
         fmt::format("{}, the {}. that cannot be read", reason, unreadable_payloads_),
         {{telemetry::log_field::count, unreadable_payloads_}});
  }
  step([&](auto& session, auto now, auto& out) { session.on_unreadable(reason, now, out); });
}

/// Hot path: once per event. One that cannot be kept was not received: its connection ends by the
/// exception, and the resume asks for it again.
void shard::on_dispatch(const gateway::envelope& received, std::string_view text) {
  try {
    handle_dispatch(received, text);
  } catch (...) {
    session_.take_back(received.seq);
    if (log_) log_->take_back(received.seq);
    throw;
  }
}

void shard::handle_dispatch(const gateway::envelope& received, std::string_view text) {
  const auto now = read_at_;
  ++dispatches_;
  const auto verdict = session_.on_dispatch(received, now, actions_);
  if (!actions_.empty()) {
    if (received.type == "READY") requests_.on_ready(received.data);
    perform();
  }
  if (verdict != gateway::dispatch_verdict::forward || !log_) {
    ++stale_dispatches_;
    return;
  }
  if (!requests_.empty() && requests_.on_dispatch(received, now, request_actions_)) {
    perform_requests();
  }
  const events::dispatch arrived{received.type, received.seq, received.guild_id,         text,
                                 received.data, body_prefix_, services_.parser.indexed()};
  if (services_.tap != nullptr && services_.tap->on_dispatch(key(), log_, arrived, now)) return;
  services_.pipeline.handle(log_, arrived, now);
}

/// Sends what the send limit lets through.
void shard::pump() {
  if (!current_ || current_->ws() == nullptr) return;
  const auto now = runtime::clock::now();
  while (const auto frame = outbox_.next(now)) {
    current_->ws()->send_text(frame->text);
    if (frame->number == 0) continue;
    ++commands_sent_;
    if (const auto request = unsent_requests_.extract(frame->number)) {
      requests_.on_sent(request.mapped(), now);
    }
  }
}

void shard::arm() {
  const auto deadline = session_.deadline();
  std::optional<runtime::time_point> next = deadline;
  const auto unanswered = requests_.deadline();
  if (unanswered && (!next || *unanswered < *next)) next = unanswered;
  if (current_ && current_->ws() != nullptr) {
    const auto sendable = outbox_.ready_at(runtime::clock::now());
    if (sendable && (!next || *sendable < *next)) next = sendable;
  }
  if (next == armed_for_) return;
  armed_for_ = next;
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void shard::on_timer() {
  armed_for_.reset();
  const auto deadline = session_.deadline();
  if (deadline && *deadline <= runtime::clock::now()) {
    step([](auto& session, auto now, auto& out) { session.on_timer(now, out); });
  }
  requests_.on_timer(runtime::clock::now(), request_actions_);
  perform_requests();
}

}  // namespace gatehouse::shard
