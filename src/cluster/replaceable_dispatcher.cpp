#include <gatehouse/cluster/replaceable_dispatcher.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::cluster {

namespace {

const delivery::target_status* find_target(const std::vector<delivery::target_status>& targets,
                                           const std::string& url) {
  const auto known = std::find_if(targets.begin(), targets.end(),
                                  [&](const auto& each) { return each.url == url; });
  return known == targets.end() ? nullptr : &*known;
}

}  // namespace

namespace asio = boost::asio;

replaceable_dispatcher::replaceable_dispatcher(asio::io_context& io, storage::spool* spool,
                                               factory make, complaint on_problem)
    : io_(io),
      spool_(spool),
      make_(std::move(make)),
      on_problem_(std::move(on_problem)),
      current_(make_(0)) {}

replaceable_dispatcher::~replaceable_dispatcher() = default;

/// Hot path: once per event.
void replaceable_dispatcher::accept(events::event_ptr accepted) {
  if (is_replacing_) {
    waiting_.push_back(std::move(accepted));
  } else {
    current_->accept(std::move(accepted));
  }
}

void replaceable_dispatcher::begin_burst() {
  if (!is_replacing_) current_->begin_burst();
}

void replaceable_dispatcher::end_burst() {
  if (!is_replacing_) current_->end_burst();
}

bool replaceable_dispatcher::congested() const noexcept {
  return is_replacing_ || current_->congested();
}

void replaceable_dispatcher::replace(routes route_of) {
  if (std::exchange(is_replacing_, true)) {
    next_ = std::move(route_of);
    return;
  }
  route_of_ = std::move(route_of);
  current_->begin_stop(
      runtime::clock::now() + request_grace, [this] { on_old_stopped(); }, disk_grace);
}

void replaceable_dispatcher::on_old_stopped() {
  carry_over();
  left_ = current_->take_left();
  last_position_ = current_->last_position();
  storage::reroute_request wanted;
  for (const auto& [shard_id, count] : current_->undelivered()) {
    wanted.shard_ids.push_back(shard_id);
  }
  current_.reset();
  if (spool_ == nullptr || wanted.shard_ids.empty()) return install({});
  wanted.route_of = route_of_;
  spool_->reroute(std::move(wanted), [this](storage::reroute_result result) {
    asio::post(io_, [this, result = std::move(result)] {
      if (!result.error.empty()) {
        on_problem_("events on disk wait for the next start: " + result.error);
      }
      install(result.events);
    });
  });
}

void replaceable_dispatcher::install(const std::vector<storage::event_facts>& stored) {
  current_ = make_(last_position_);
  for (const auto& facts : stored) current_->restore(facts);
  current_->begin_restored();
  is_replacing_ = false;
  for (auto& event : std::exchange(left_, {})) current_->accept(std::move(event));
  for (auto& event : std::exchange(waiting_, {})) current_->accept(std::move(event));
  if (stop_) return std::exchange(stop_, nullptr)();
  if (next_) replace(*std::exchange(next_, std::nullopt));
}

void replaceable_dispatcher::begin_stop(runtime::time_point deadline,
                                        std::function<void()> stopped) {
  if (is_replacing_) {
    stop_ = [this, deadline, stopped = std::move(stopped)]() mutable {
      begin_stop(deadline, std::move(stopped));
    };
    return;
  }
  current_->begin_stop(deadline, std::move(stopped));
}

std::optional<std::map<int, delivery::dispatcher::undelivered_count>>
replaceable_dispatcher::undelivered() const {
  if (is_replacing_) return std::nullopt;
  return current_->undelivered();
}

/// Of an URL that is not in use at present the counters wait for its return.
void replaceable_dispatcher::carry_over() {
  delivery::statistics ended = snapshot();
  for (auto& earlier : carried_.targets) {
    if (find_target(ended.targets, earlier.url) == nullptr) {
      ended.targets.push_back(std::move(earlier));
    }
  }
  carried_ = std::move(ended);
}

delivery::statistics replaceable_dispatcher::snapshot() const {
  delivery::statistics now;
  if (current_) now = current_->snapshot();
  now.answered_finally += carried_.answered_finally;
  for (auto& target : now.targets) {
    const auto* known = find_target(carried_.targets, target.url);
    if (known == nullptr) continue;
    target.delivered += known->delivered;
    target.retried += known->retried;
    target.refused += known->refused;
    target.latency.add(known->latency);
  }
  for (const auto& dropped : carried_.dropped) {
    const auto known = std::find_if(now.dropped.begin(), now.dropped.end(), [&](const auto& each) {
      return each.event_name == dropped.event_name && each.reason == dropped.reason;
    });
    if (known != now.dropped.end()) {
      known->count += dropped.count;
    } else {
      now.dropped.push_back(dropped);
    }
  }
  return now;
}

}  // namespace gatehouse::cluster
