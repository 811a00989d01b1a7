#include "dispatcher_impl.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gatehouse::delivery {

namespace {

constexpr std::size_t read_buffer_bytes = 65'536;

}  // namespace

dispatcher::impl::impl(boost::asio::io_context& context, options settings,
                       events::event_type_registry& registry, events::event_pool& pool,
                       runtime::random_source jitter, reporter& reports)
    : io_(context),
      chosen_(std::move(settings)),
      types_(registry),
      random_(std::move(jitter)),
      told_(reports),
      routes_(chosen_.handlers, chosen_.routes, chosen_.decisions),
      interaction_type_(types_.intern("INTERACTION_CREATE")),
      read_buffer_(read_buffer_bytes),
      target_context_{io_,     chosen_,      types_,        random_, told_,
                      budget_, read_buffer_, write_buffer_, *this},
      spooled_(
          {io_, chosen_.spool, pool, types_, budget_, chosen_.queue, chosen_.handlers.envelope},
          *this),
      budget_(chosen_.queue, types_),
      unanswered_(chosen_.answer_deadline),
      last_position_(chosen_.last_position),
      housekeeping_(io_),
      stop_timer_(io_) {
  for (const auto& url : routes_.urls()) {
    if (url.is_tls() && chosen_.tls == nullptr) {
      throw std::invalid_argument("a handler URL needs TLS settings");
    }
    targets_.emplace_back(target_context_, url, static_cast<std::uint16_t>(targets_.size()));
  }
  for (const auto& name : routes_.routed_names()) {
    const auto type = static_cast<std::size_t>(types_.intern(name));
    if (type >= route_of_type_.size()) route_of_type_.resize(type + 1, 0);
    route_of_type_[type] = routes_.route_of(name);
  }
}

std::size_t dispatcher::impl::route_of(events::event_type type) const noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < route_of_type_.size() ? route_of_type_[index] : 0;
}

std::uint16_t dispatcher::impl::target_number_of(const events::event& event) const {
  if (event.wanted_url != nullptr) {
    // A reload may have taken it away.
    if (const auto wanted = routes_.number_of_url(*event.wanted_url)) return *wanted;
  }
  const auto route = route_of(event.type);
  if (!routes_.is_decided()) return routes_.target_of(route, event.shard_id());
  return routes_.choose(route, event.shard_id(), types_.name(event.type));
}

void dispatcher::impl::restore(const storage::event_facts& found) {
  const auto target = static_cast<std::size_t>(found.route);
  if (found.route >= 0 && target < targets_.size()) return spooled_.restore(found);
  // Its route could not be brought up to date on the disk, so that it cannot be asked for.
  told_.spooled_lost(found.key.shard_id, 1);
}

void dispatcher::impl::begin_restored() {
  last_position_ = std::max(last_position_, spooled_.first_position() - 1);
  const auto now = runtime::clock::now();
  spooled_.pump(now);
  keep_house(now);
}

/// Hot path: once per event.
void dispatcher::impl::accept(events::event_ptr accepted) {
  events::event& event = *accepted;
  const auto now = event.received;
  event.position = ++last_position_;
  event.target = target_number_of(event);
  target& to = target_of(event);
  if (budget_.rank_of(event.type) == storage::event_rank::shed_first && spooled_.is_nearly_full()) {
    event.session->settle(event.seq);
    count_drop(event.type, drop_reason::memory, now);
    return;
  }
  budget_.admit(event);
  if (to.lines_up(event) || (!event.is_barrier && spooled_.should_spill(to, now))) {
    spooled_.line_up(std::move(accepted));
  } else {
    if (spooled_.is_used()) spooled_.track(event);
    to.push(std::move(accepted));
  }
  if (event.type == interaction_type_ && chosen_.responder != nullptr) watch(event);
  to.note_arrival();
  has_new_ = true;
  keep_bound(now);
  if (!is_burst_) send_new(runtime::clock::now());
}

void dispatcher::impl::end_burst() {
  is_burst_ = false;
  if (has_new_) send_new(runtime::clock::now());
}

void dispatcher::impl::send_new(runtime::time_point now) {
  has_new_ = false;
  if (spooled_.has_to_write()) spooled_.pump(now);
  for (auto& each : targets_) {
    if (each.has_new()) each.pump(now);
  }
  keep_house(now);
}

void dispatcher::impl::keep_bound(runtime::time_point now) {
  const auto allowance = spooled_.allowance(now);
  if (budget_.victim(allowance) == nullptr) return;
  if (is_burst_) send_new(runtime::clock::now());  // what can be sent need not be dropped
  while (events::event* victim = budget_.victim(allowance)) drop(*victim, drop_reason::memory, now);
}

/// Unlinks an event that waits from all but its owner, and gives it up.
events::event_ptr dispatcher::impl::take_out(events::event& unwanted) {
  budget_.forget(unwanted);
  being_answered_.erase(key_of(unwanted));
  events::event_ptr dropped =
      unwanted.is_lined_up ? spooled_.discard(unwanted) : target_of(unwanted).discard(unwanted);
  spooled_.forget(unwanted);
  dropped->session->settle(dropped->seq);
  return dropped;
}

void dispatcher::impl::drop(events::event& unwanted, drop_reason reason, runtime::time_point now) {
  target& holder = target_of(unwanted);
  const auto dropped = take_out(unwanted);
  count_drop(dropped->type, reason, now);
  holder.pump(now);  // it may have been the last that a barrier waited for
}

void dispatcher::impl::count_drop(events::event_type type, drop_reason reason,
                                  runtime::time_point now) {
  const auto count = drops_.count(type, reason, now);
  if (count > 0) told_.dropped(types_.name(type), reason, count);
}

void dispatcher::impl::on_finished(events::event& done) {
  done.session->settle(done.seq);
  if (done.answered == events::event::answer::under_way) being_answered_.erase(key_of(done));
  spooled_.forget(done);
  budget_.forget(done);
}

void dispatcher::impl::on_room(target&) {
  if (now_in_ == phase::running) spooled_.pump(runtime::clock::now());
}

bool dispatcher::impl::on_loaded(events::event& event) {
  const auto now = runtime::clock::now();
  const auto age = now - event.received;
  const bool is_interaction = event.type == interaction_type_;
  const auto max_age = chosen_.queue.max_age;
  const bool is_too_old = max_age > runtime::seconds::zero() && age > max_age;
  const bool is_expired = is_interaction && age > queue_budget::interaction_lifetime;
  if (is_too_old || is_expired) {
    count_drop(event.type, is_expired ? drop_reason::token_expired : drop_reason::too_old, now);
    return false;
  }
  return true;
}

void dispatcher::impl::on_purged(const storage::event_facts& facts, drop_reason reason) {
  count_drop(types_.intern(facts.type), reason, runtime::clock::now());
}

void dispatcher::impl::on_rows_lost(int shard_id, std::size_t count) {
  told_.spooled_lost(shard_id, count);
}

void dispatcher::impl::on_no_room(events::event& oldest) {
  drop(oldest, drop_reason::memory, runtime::clock::now());
}

/// Slowing Discord down helps where handlers are at work, or the disk.
bool dispatcher::impl::congested() {
  if (spooled_.is_saturated()) return true;
  if (budget_.is_clear()) return false;
  std::uint64_t live = 0;
  for (const auto& each : targets_) {
    if (each.is_up()) live += each.bytes();
  }
  return budget_.congested(live);
}

std::map<int, dispatcher::undelivered_count> dispatcher::impl::undelivered() const {
  std::map<int, undelivered_count> by_shard;
  std::map<int, overflow::count> on_disk;
  spooled_.add_counts(on_disk);
  for (const auto& [shard_id, count] : on_disk) by_shard[shard_id] = {count.all, count.safe};
  for (const auto& each : targets_) {
    each.queue().for_each([&](const auto& event) {
      auto& count = by_shard[event.shard_id()];
      ++count.all;
      if (event.spooled == events::event::copy::written) ++count.safe;
    });
  }
  return by_shard;
}

statistics dispatcher::impl::snapshot() const {
  const auto now = runtime::clock::now();
  statistics result;
  for (const auto& each : targets_) result.targets.push_back(each.status(now));
  for (const auto& entry : drops_.entries()) {
    result.dropped.push_back({std::string{types_.name(entry.type)}, entry.reason, entry.total});
  }
  result.bytes = budget_.bytes();
  result.limit_bytes = budget_.limit();
  result.congested = budget_.is_congested();
  result.spooled = spooled_.rows();
  result.answered_finally = finally_answered_;
  return result;
}

dispatcher::dispatcher(boost::asio::io_context& io, options chosen,
                       events::event_type_registry& types, events::event_pool& pool,
                       runtime::random_source random, reporter& told)
    : impl_(std::make_unique<impl>(io, std::move(chosen), types, pool, std::move(random), told)) {}

dispatcher::~dispatcher() = default;

void dispatcher::restore(const storage::event_facts& found) {
  impl_->restore(found);
}
void dispatcher::begin_restored() {
  impl_->begin_restored();
}
void dispatcher::accept(events::event_ptr accepted) {
  impl_->accept(std::move(accepted));
}
void dispatcher::begin_burst() {
  impl_->begin_burst();
}
void dispatcher::end_burst() {
  impl_->end_burst();
}
bool dispatcher::congested() const noexcept {
  return impl_->congested();
}
bool dispatcher::has_url(std::string_view url) const {
  return impl_->has_url(url);
}
void dispatcher::begin_stop(runtime::time_point deadline, std::function<void()> stopped,
                            runtime::duration disk_grace) {
  impl_->begin_stop(deadline, std::move(stopped), disk_grace);
}
std::int64_t dispatcher::last_position() const noexcept {
  return impl_->last_position();
}
std::vector<events::event_ptr> dispatcher::take_left() {
  return impl_->take_left();
}
std::map<int, dispatcher::undelivered_count> dispatcher::undelivered() const {
  return impl_->undelivered();
}
statistics dispatcher::snapshot() const {
  return impl_->snapshot();
}

}  // namespace gatehouse::delivery
