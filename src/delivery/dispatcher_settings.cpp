#include "dispatcher_impl.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

/// The part of the dispatcher that deals with its settings and with changes of them.
namespace gatehouse::delivery {

void dispatcher::impl::check(const options& settings, const routing& routes) {
  const bool needs_tls = std::any_of(routes.urls().begin(), routes.urls().end(),
                                     [](const auto& url) { return url.is_tls(); });
  if (needs_tls && settings.tls == nullptr) {
    throw std::invalid_argument("a handler URL needs TLS settings");
  }
  const bool needs_streams = std::any_of(routes.urls().begin(), routes.urls().end(),
                                         [](const auto& url) { return url.is_jetstream(); });
  if (needs_streams && settings.streams == nullptr) {
    throw std::invalid_argument("a jetstream: handler needs nats.servers, which takes a restart");
  }
}

void dispatcher::impl::learn_routes() {
  route_of_type_.clear();
  for (const auto& name : routes_.routed_names()) {
    const auto type = static_cast<std::size_t>(types_.intern(name));
    if (type >= route_of_type_.size()) route_of_type_.resize(type + 1, 0);
    route_of_type_[type] = routes_.route_of(name);
  }
}

void dispatcher::impl::apply(options changed) {
  routing next{changed.handlers, changed.routes, changed.decisions};
  check(changed, next);
  const bool has_same_shape = target::is_same_shape(chosen_.handlers, changed.handlers);
  const routing before = std::exchange(routes_, std::move(next));
  chosen_ = std::move(changed);
  budget_.apply(chosen_.queue);
  backlog_.make_prefixes();
  unanswered_.set_deadline(chosen_.answer_deadline);
  renew_targets(has_same_shape);
  learn_routes();
  if (before.fingerprint() != routes_.fingerprint()) {
    note_feeds(before);
    redirect();
  }
  check_left();
  const auto now = runtime::clock::now();
  backlog_.pump(now);
  for_each_target([now](target& each) { each.pump(now); });
  keep_house(now);
}

dispatcher::impl::target_number dispatcher::impl::add_target(const net::url& url) {
  const auto free = std::find(targets_.begin(), targets_.end(), nullptr);
  const auto number = static_cast<target_number>(free - targets_.begin());
  auto made = std::make_unique<target>(target_context_, url, number);
  if (free == targets_.end()) {
    targets_.push_back(std::move(made));
  } else {
    *free = std::move(made);
  }
  return number;
}

/// One target for each URL of the routes; what is no longer one of them leaves.
void dispatcher::impl::renew_targets(bool has_same_shape) {
  const auto before = std::exchange(target_of_url_, {});
  std::set<target_number> kept;
  for (const auto& url : routes_.urls()) {
    const auto known = std::find_if(before.begin(), before.end(), [&](target_number number) {
      return targets_[number]->to() == url;
    });
    const bool stays = has_same_shape && known != before.end();
    if (stays) targets_[*known]->apply();
    target_of_url_.push_back(stays ? *known : add_target(url));
    if (stays) kept.insert(*known);
  }
  for (const auto number : before) {
    if (!kept.contains(number)) leave(*targets_[number]);
  }
}

/// Newer events of its queues wait until what it has under way has ended.
void dispatcher::impl::leave(target& leaving) {
  leaving.begin_stop();
  backlog_.for_each_queue([&](backlog_queue& queue) {
    if (queue.key.url == leaving.key()) queue.is_leaving = true;
  });
  plan_leave();
}

void dispatcher::impl::plan_leave() {
  ++own_operations_;
  leave_timer_.expires_after(leave_grace);
  leave_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      for_each_target([](target& each) {
        if (each.is_stopping()) each.close_all();
      });
      check_left();
    }
    --own_operations_;
    check_stopped();
  });
}

/// Something of a target that leaves has ended.
void dispatcher::impl::check_left() {
  if (now_in_ != phase::running) return;
  bool has_moved = false;
  for (std::size_t number = 0; number < targets_.size(); ++number) {
    const auto& each = targets_[number];
    if (!each || !each->is_stopping() || each->has_requests()) continue;
    backlog_.for_each_queue([&](backlog_queue& queue) {
      if (queue.key.url == each->key() && queue.is_leaving) {
        queue.is_leaving = false;
        has_moved = true;
      }
    });
    if (each->queue().waiting() > 0) has_moved = true;
  }
  if (has_moved) redirect();
  for (std::size_t number = 0; number < targets_.size(); ++number) {
    const auto& each = targets_[number];
    const bool has_left = each && each->is_stopping() && each->is_quiet() && each->queue().empty();
    if (!has_left) continue;
    targets_[number].reset();
    if (number < queues_.size()) queues_[number].clear();
  }
  if (has_moved) send_new(runtime::clock::now());
}

/// Where events that are on disk, or come back from a target that leaves, may go now.
void dispatcher::impl::note_feeds(const routing& before) {
  backlog_.for_each_queue([&](backlog_queue& queue) {
    const bool has_older = queue.on_disk > 0 || !queue.tail.empty() || queue.is_leaving;
    if (!has_older) return;
    auto urls = other_urls_of(queue, before);
    for (const auto& url : queue.feeds) urls.push_back(url);
    backlog_.set_feeds(queue, std::move(urls));
  });
}

std::vector<std::string> dispatcher::impl::other_urls_of(const backlog_queue& queue,
                                                         const routing& before) const {
  if (routes_.is_decided() || before.is_decided()) return {std::string{backlog::any_url}};
  auto names = before.routed_names();
  for (auto& name : routes_.routed_names()) names.push_back(std::move(name));
  names.emplace_back();  // of all others
  std::vector<std::string> urls;
  for (const auto& name : names) {
    if (before.queue_name(queue.shard_id, name) != queue.key.url) continue;
    auto now = routes_.queue_name(queue.shard_id, name);
    if (now != queue.key.url) urls.push_back(std::move(now));
  }
  return urls;
}

/// Everything that waits goes by the routes of now, in order. What is under way ends where it is.
void dispatcher::impl::redirect() {
  std::vector<events::event*> waiting;
  for_each_target([&](target& each) {
    if (!each.is_stopping() || !each.has_requests()) each.list_waiting(waiting);
  });
  std::erase_if(waiting,
                [&](const auto* event) { return target_number_of(*event) == event->target; });
  std::sort(waiting.begin(), waiting.end(),
            [](const auto* a, const auto* b) { return a->position < b->position; });
  for (auto* event : waiting) {
    auto taken = target_of(*event).discard(*event);
    budget_.move(*event, target_number_of(*event));
    target_of(*event).push(std::move(taken));
    target_of(*event).note_arrival();
    has_new_ = true;
  }
  backlog_.for_each_queue([&](backlog_queue& queue) {
    for (auto& event : queue.tail) budget_.move(event, target_number_of(event));
  });
}

}  // namespace gatehouse::delivery
