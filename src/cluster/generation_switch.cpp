#include <gatehouse/cluster/generation_switch.hpp>
#include <gatehouse/events/content_key.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::cluster {
namespace {

/// What concerns one session alone (discord-api-docs: gateway events). VOICE_SERVER_UPDATE is the
/// answer to the op 4 of a session, and comes again when a voice server fails over
/// (discord-api-docs: voice connections, Retrieving Voice Server Information); that other sessions
/// have it too is nowhere said. Without it a bot waits for a voice server for ever, with it twice
/// it only connects anew: so it is never held, nor taken for a copy.
constexpr std::array of_one_session{std::string_view{"READY"},
                                    std::string_view{"RESUMED"},
                                    std::string_view{"RATE_LIMITED"},
                                    std::string_view{"GUILD_MEMBERS_CHUNK"},
                                    std::string_view{"CHANNEL_INFO"},
                                    std::string_view{"SOUNDBOARD_SOUNDS"},
                                    std::string_view{"VOICE_SERVER_UPDATE"}};

bool is_of_one_session(std::string_view type) {
  return std::find(of_one_session.begin(), of_one_session.end(), type) != of_one_session.end();
}

/// Their guild does not say which shard receives them (discord-api-docs: gateway, Sharding).
bool is_of_any_shard(std::string_view type) {
  return type == "INTERACTION_CREATE" || type.starts_with("ENTITLEMENT_");
}

}  // namespace

generation_switch::generation_switch(events::pipeline& pipeline, int serving, int coming,
                                     callbacks to)
    : pipeline_(pipeline), serving_(serving), coming_(coming), to_(std::move(to)) {}

generation_switch::~generation_switch() = default;

void generation_switch::expect(gateway::shard_key shard, int total_shards) {
  if (shard.generation == serving_) serving_total_ = total_shards;
  if (shard.generation != coming_) return;
  coming_total_ = total_shards;
  coming_shards_.insert(shard.shard_id);
}

void generation_switch::compare(runtime::duration window, runtime::time_point now) {
  abandon_held(now);
  ++comparisons_;
  overlap_.emplace(now, window);
  now_in_ = phase::comparing;
}

/// The serving generation delivers what the new one has held so far.
void generation_switch::abandon_held(runtime::time_point now) {
  if (!overlap_) return;
  for (const auto& each : overlap_->serve(now)) {
    withhold(each.content);
  }
  settle_matched();
}

void generation_switch::withhold(const events::kept_dispatch& kept) {
  pipeline_.withhold(*kept.session(), kept.type(), kept.seq());
}

void generation_switch::settle_matched() {
  for (const auto& each : overlap_->take_settled()) {
    withhold(each);
  }
}

void generation_switch::on_forwarded_elsewhere(std::span<const events::forwarded_copy> copies) {
  if (!overlap_) return;
  for (const auto& copy : copies) {
    if (concerns_us(copy)) overlap_->on_forwarded(copy);
  }
  settle_matched();
}

bool generation_switch::concerns_us(const events::forwarded_copy& copy) const {
  if (coming_shards_.empty()) return false;
  return copy.is_anywhere ||
         coming_shards_.contains(gateway::shard_of_guild(copy.guild_id, coming_total_));
}

void generation_switch::expire(runtime::time_point now) {
  if (!overlap_ || now_in_ != phase::comparing) return;
  overlap_->expire(now);
  settle_matched();
}

void generation_switch::stop_forwarding(runtime::time_point now) {
  if (now_in_ != phase::comparing) return;
  now_in_ = phase::stopped;
  overlap_->on_stopping(now);
  flush();
}

void generation_switch::go_on() {
  if (now_in_ != phase::stopped) return;
  now_in_ = phase::comparing;
  while (!aside_.empty()) {
    const auto [shard_id, kept] = std::move(aside_.front());
    aside_.pop_front();
    const auto& content = kept.content;
    const events::dispatch received = content.view(kept_);
    record(shard_id, received, content.received());
    pipeline_.forward(content.session(), received, kept.creation, content.received());
  }
}

void generation_switch::serve(runtime::time_point now) {
  if (now_in_ != phase::stopped) return;
  now_in_ = phase::serving;
  aside_.clear();  // the new generation has them too
  for (const auto& each : overlap_->serve(now)) {
    const auto& content = each.content;
    pipeline_.forward(content.session(), content.view(kept_), each.creation, content.received());
  }
  settle_matched();
}

bool generation_switch::is_silent(gateway::shard_key shard) const {
  return (shard.generation == coming_) != (now_in_ == phase::serving);
}

bool generation_switch::on_dispatch(gateway::shard_key shard,
                                    const events::session_log_ptr& session,
                                    const events::dispatch& received, runtime::time_point now) {
  if (shard.generation == coming_) return on_new(session, received, now);
  return shard.generation == serving_ && on_old(shard, session, received, now);
}

bool generation_switch::on_old(gateway::shard_key shard, const events::session_log_ptr& session,
                               const events::dispatch& received, runtime::time_point now) {
  if (is_of_one_session(received.type)) return false;
  switch (now_in_) {
    case phase::loading:
      return false;
    case phase::comparing:
      record(shard.shard_id, received, now);
      return false;
    case phase::stopped:
      // Opened in its session: should this process be killed now, Discord has to repeat it.
      aside_.push_back(
          {shard.shard_id, {{session, received, now}, pipeline_.observe(*session, received)}});
      return true;
    case phase::serving:
      break;
  }
  return true;
}

void generation_switch::record(int shard_id, const events::dispatch& received,
                               runtime::time_point now) {
  if (pipeline_.is_filtered(received.type)) return;
  const bool is_anywhere = is_of_any_shard(received.type) ||
                           gateway::shard_of_guild(received.guild_id, serving_total_) != shard_id;
  const events::forwarded_copy copy{events::content_key_of(received), now, received.guild_id,
                                    is_anywhere};
  if (concerns_us(copy)) overlap_->on_forwarded(copy);
  settle_matched();
  if (unsaid_.empty()) to_.on_unsaid();
  unsaid_.push_back(copy);
}

void generation_switch::flush() {
  if (!unsaid_.empty()) to_.tell(std::exchange(unsaid_, {}));
}

bool generation_switch::on_new(const events::session_log_ptr& session,
                               const events::dispatch& received, runtime::time_point now) {
  if (is_of_one_session(received.type) && now_in_ == phase::serving) return false;
  const bool has_copy = now_in_ != phase::loading && !is_of_one_session(received.type) &&
                        !pipeline_.is_filtered(received.type);
  if (has_copy) {
    receive_copy(session, received, now);
  } else {
    pipeline_.observe(*session, received);
    pipeline_.withhold(*session, received.type, received.seq);
  }
  return true;
}

void generation_switch::receive_copy(const events::session_log_ptr& session,
                                     const events::dispatch& received, runtime::time_point now) {
  const auto key = events::content_key_of(received);
  const auto creation = pipeline_.observe(*session, received);
  switch (overlap_->on_received(key, now)) {
    case events::overlap::fate::held:
      overlap_->hold(key, {events::kept_dispatch{session, received, now}, creation});
      return;
    case events::overlap::fate::dropped:
      return pipeline_.withhold(*session, received.type, received.seq);
    case events::overlap::fate::passed:
      return pipeline_.forward(session, received, creation, now);
  }
}

std::size_t generation_switch::held_bytes() const noexcept {
  return overlap_ ? overlap_->held_bytes() : 0;
}

runtime::duration generation_switch::longest_lag() const noexcept {
  return overlap_ ? overlap_->longest_lag() : runtime::duration::zero();
}

events::unmatched_events generation_switch::unmatched() const {
  return overlap_ ? overlap_->unmatched() : events::unmatched_events{};
}

std::uint64_t generation_switch::matched() const noexcept {
  return overlap_ ? overlap_->matched() : 0;
}

}  // namespace gatehouse::cluster
