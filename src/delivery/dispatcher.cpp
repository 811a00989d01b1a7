#include "target.hpp"

#include <gatehouse/delivery/dispatcher.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <utility>

namespace gatehouse::delivery {

namespace {

constexpr runtime::seconds housekeeping_period{1};
constexpr std::size_t read_buffer_bytes = 65'536;

}  // namespace

struct dispatcher::impl {
  using target_group = std::vector<target*>;

  impl(boost::asio::io_context& io, options settings, events::event_type_registry& registry,
       runtime::random_source jitter, reporter& told);

  void accept(events::event_ptr accepted);
  bool congested();
  void begin_stop(runtime::time_point deadline, std::function<void()> when_stopped);
  statistics snapshot() const;
  std::map<int, std::size_t> undelivered() const;

  target_group make_group(const std::vector<std::string>& urls);
  target& target_for(const std::string& text);
  target& target_of(const events::event& event);
  void drop(events::event& unwanted, drop_reason reason, runtime::time_point now);
  void tell_dropped(events::event_type type, drop_reason reason, std::uint64_t count);
  void keep_house();
  void on_housekeeping(runtime::time_point now);
  void check_stopped();

  boost::asio::io_context& io;
  const options chosen;
  events::event_type_registry& types;
  runtime::random_source random;
  reporter& events;
  std::vector<char> read_buffer;
  target::context target_context;
  std::deque<target> targets;
  std::vector<std::pair<net::url, target*>> by_url;
  std::vector<target_group> groups;        // the first: handlers.urls; then one per route
  std::vector<std::size_t> group_of_type;  // by event type; beyond its end: the first
  queue_budget budget;                     // unlinks all events before the targets destroy them
  drop_log drops;
  boost::asio::steady_timer housekeeping;
  boost::asio::steady_timer stop_timer;
  bool is_house_kept = false;
  bool is_stopping = false;
  std::size_t own_operations = 0;
  std::function<void()> stopped;
};

dispatcher::impl::impl(boost::asio::io_context& context, options settings,
                       events::event_type_registry& registry, runtime::random_source jitter,
                       reporter& told)
    : io(context),
      chosen(std::move(settings)),
      types(registry),
      random(std::move(jitter)),
      events(told),
      read_buffer(read_buffer_bytes),
      target_context{io,     chosen, types,       random,
                     events, budget, read_buffer, [this] { check_stopped(); }},
      budget(chosen.queue, types),
      housekeeping(io),
      stop_timer(io) {
  groups.push_back(make_group(chosen.handlers.urls));
  for (const auto& route : chosen.routes) {
    groups.push_back(make_group(route.urls));
    for (const auto& name : route.events) {
      const auto index = static_cast<std::size_t>(types.intern(name));
      if (index >= group_of_type.size()) group_of_type.resize(index + 1, 0);
      // The first route that names an event has it.
      if (group_of_type[index] == 0) group_of_type[index] = groups.size() - 1;
    }
  }
}

dispatcher::impl::target_group dispatcher::impl::make_group(const std::vector<std::string>& urls) {
  if (urls.empty()) throw std::invalid_argument("no handler URL");
  target_group group;
  for (const auto& text : urls) group.push_back(&target_for(text));
  return group;
}

target& dispatcher::impl::target_for(const std::string& text) {
  const auto parsed = net::parse_url(text);
  const bool is_http =
      parsed && parsed->scheme != net::url_scheme::ws && parsed->scheme != net::url_scheme::wss;
  if (!is_http) throw std::invalid_argument("a handler URL is not http, https or http+unix");
  if (parsed->is_tls() && chosen.tls == nullptr) {
    throw std::invalid_argument("a handler URL needs TLS settings");
  }
  const auto known = std::find_if(by_url.begin(), by_url.end(),
                                  [&](const auto& entry) { return entry.first == *parsed; });
  if (known != by_url.end()) return *known->second;
  target& made = targets.emplace_back(target_context, *parsed);
  by_url.emplace_back(*parsed, &made);
  return made;
}

target& dispatcher::impl::target_of(const events::event& event) {
  const auto type = static_cast<std::size_t>(event.type);
  const auto& group = groups[type < group_of_type.size() ? group_of_type[type] : 0];
  return *group[static_cast<std::size_t>(event.shard_id()) % group.size()];
}

void dispatcher::impl::accept(events::event_ptr accepted) {
  const auto now = runtime::clock::now();
  target& chosen_target = target_of(*accepted);
  budget.admit(*accepted);
  chosen_target.push(std::move(accepted));
  while (events::event* victim = budget.victim()) drop(*victim, drop_reason::memory, now);
  chosen_target.pump(now);
  keep_house();
}

void dispatcher::impl::drop(events::event& unwanted, drop_reason reason, runtime::time_point now) {
  target& holder = target_of(unwanted);
  budget.forget(unwanted);
  const auto dropped = holder.discard(unwanted);
  dropped->session->settle(dropped->seq);
  if (const auto count = drops.count(dropped->type, reason, now); count > 0) {
    tell_dropped(dropped->type, reason, count);
  }
  holder.pump(now);  // it may have been the last that a barrier waited for
}

void dispatcher::impl::tell_dropped(events::event_type type, drop_reason reason,
                                    std::uint64_t count) {
  events.dropped(types.name(type), reason, count);
}

bool dispatcher::impl::congested() {
  if (budget.is_clear()) return false;
  std::uint64_t live = 0;
  for (const auto& each : targets) {
    if (each.is_up()) live += each.bytes();
  }
  return budget.congested(live);
}

/// A timer runs only while there is something to look after.
void dispatcher::impl::keep_house() {
  if (is_house_kept || is_stopping || (budget.bytes() == 0 && !drops.has_untold())) return;
  is_house_kept = true;
  ++own_operations;
  housekeeping.expires_after(housekeeping_period);
  housekeeping.async_wait([this](const boost::system::error_code& error) {
    is_house_kept = false;
    if (!error) on_housekeeping(runtime::clock::now());
    --own_operations;
    check_stopped();
  });
}

void dispatcher::impl::on_housekeeping(runtime::time_point now) {
  while (const auto overdue = budget.overdue(now)) drop(*overdue.event, overdue.reason, now);
  drops.summarize(now, [this](events::event_type type, drop_reason reason, std::uint64_t count) {
    tell_dropped(type, reason, count);
  });
  keep_house();
}

void dispatcher::impl::begin_stop(runtime::time_point deadline,
                                  std::function<void()> when_stopped) {
  is_stopping = true;
  stopped = std::move(when_stopped);
  housekeeping.cancel();
  ++own_operations;
  stop_timer.expires_at(deadline);
  stop_timer.async_wait([this](const boost::system::error_code&) {
    for (auto& each : targets) each.close_all();
    --own_operations;
    check_stopped();
  });
  for (auto& each : targets) each.begin_stop();
  check_stopped();
}

void dispatcher::impl::check_stopped() {
  if (!stopped) return;
  const bool are_quiet =
      std::all_of(targets.begin(), targets.end(), [](const auto& each) { return each.is_quiet(); });
  if (!are_quiet) return;
  // Nothing is under way any more: the deadline need not be waited for.
  stop_timer.cancel();
  if (own_operations > 0) return;
  for (const auto& [shard_id, count] : undelivered()) events.left_queued(shard_id, count);
  boost::asio::post(io, std::exchange(stopped, nullptr));
}

std::map<int, std::size_t> dispatcher::impl::undelivered() const {
  std::map<int, std::size_t> by_shard;
  for (const auto& each : targets) {
    each.queue().for_each([&](const auto& event) { ++by_shard[event.shard_id()]; });
  }
  return by_shard;
}

statistics dispatcher::impl::snapshot() const {
  const auto now = runtime::clock::now();
  statistics result;
  for (const auto& each : targets) result.targets.push_back(each.status(now));
  for (const auto& entry : drops.entries()) {
    result.dropped.push_back({std::string{types.name(entry.type)}, entry.reason, entry.total});
  }
  result.bytes = budget.bytes();
  result.limit_bytes = budget.limit();
  result.congested = budget.is_congested();
  return result;
}

dispatcher::dispatcher(boost::asio::io_context& io, options chosen,
                       events::event_type_registry& types, runtime::random_source random,
                       reporter& events)
    : impl_(std::make_unique<impl>(io, std::move(chosen), types, std::move(random), events)) {}

dispatcher::~dispatcher() = default;

void dispatcher::accept(events::event_ptr accepted) {
  impl_->accept(std::move(accepted));
}
bool dispatcher::congested() const noexcept {
  return impl_->congested();
}
void dispatcher::begin_stop(runtime::time_point deadline, std::function<void()> stopped) {
  impl_->begin_stop(deadline, std::move(stopped));
}
std::map<int, std::size_t> dispatcher::undelivered() const {
  return impl_->undelivered();
}
statistics dispatcher::snapshot() const {
  return impl_->snapshot();
}

}  // namespace gatehouse::delivery
