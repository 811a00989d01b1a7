#include "connection.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gatehouse::nats {

namespace {

constexpr std::chrono::milliseconds least_timeout{2'000};

}  // namespace

void connection::start() {
  writer_ = std::thread{[this] { write_loop(); }};
  watch_ = std::thread{[this] { deadline_loop(); }};
}

void connection::stop() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  has_work_.notify_all();
  has_deadline_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (watch_.joinable()) watch_.join();
}

void connection::enqueue(item added) {
  waiting_bytes_ += added.bytes;
  items_.push_back(std::move(added));
  if (items_.size() == 1) has_work_.notify_one();
}

void connection::call(message sent, runtime::duration timeout, reply_handler done) {
  errc refusal = errc::not_connected;
  std::string why;
  {
    const std::lock_guard lock{mutex_};
    const std::size_t bytes = sent.payload.size();
    const bool is_full = pending_.size() >= most_calls ||
                         (waiting_bytes_ > 0 && waiting_bytes_ + bytes > most_waiting_bytes);
    if (link_number_ != 0 && !is_stopping_ && !is_full) {
      const auto deadline = runtime::clock::now() + timeout;
      const bool is_earlier = deadline < pending_.next_deadline();
      const auto token = pending_.add(std::move(done), deadline);
      if (is_earlier) has_deadline_.notify_one();
      return enqueue({std::move(sent), token, 0, bytes});
    }
    if (link_number_ != 0 && is_full) refusal = errc::full;
    why = refusal == errc::full ? "too many calls wait for the server" : status_.last_error;
  }
  done(failure{refusal, std::move(why), 0});
}

void connection::publish(message sent) {
  const std::lock_guard lock{mutex_};
  const std::size_t bytes = sent.payload.size();
  if (link_number_ == 0 || waiting_bytes_ + bytes > most_waiting_bytes ||
      items_.size() >= most_calls) {
    ++dropped_;
    return;
  }
  enqueue({std::move(sent), 0, 0, bytes});
}

std::uint64_t connection::subscribe(std::string subject, std::shared_ptr<mailbox> ears,
                                    std::function<void(message)> on_message) {
  const std::lock_guard lock{mutex_};
  const auto id = ++last_subscription_;
  auto shared = std::make_shared<std::function<void(message)>>(std::move(on_message));
  listeners_.emplace(id, listener{std::move(subject), std::move(ears), std::move(shared)});
  if (link_number_ != 0) enqueue({{}, 0, id, 0});
  return id;
}

void connection::unsubscribe(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  listeners_.erase(id);
  if (link_number_ != 0) enqueue({{}, 0, id, 0});
}

connection_status connection::status() const {
  const std::lock_guard lock{mutex_};
  return status_;
}

std::uint64_t connection::dropped() const {
  const std::lock_guard lock{mutex_};
  return dropped_;
}

std::uint64_t connection::losses() const {
  const std::lock_guard lock{mutex_};
  return losses_;
}

void connection::answer(std::uint64_t token, result<message> got) {
  std::optional<reply_handler> done;
  {
    const std::lock_guard lock{mutex_};
    done = pending_.take(token);
  }
  if (done) (*done)(std::move(got));
}

void connection::on_answer(std::uint64_t link_number, natsMsg* got) {
  const std::string_view subject = natsMsg_GetSubject(got);
  std::uint64_t token = 0;
  const auto* digits = subject.data() + subject.rfind('.') + 1;
  std::from_chars(digits, subject.data() + subject.size(), token);
  {
    const std::lock_guard lock{mutex_};
    if (link_number != link_number_) return;
  }
  if (natsMsg_IsNoResponders(got)) return answer(token, failure{errc::no_responders, {}, 503});
  answer(token, from_library(got));
}

void connection::on_message(std::uint64_t subscription, natsMsg* got) {
  std::shared_ptr<mailbox> ears;
  std::shared_ptr<std::function<void(message)>> heard;
  {
    const std::lock_guard lock{mutex_};
    const auto found = listeners_.find(subscription);
    if (found == listeners_.end()) return;
    ears = found->second.ears;
    heard = found->second.on_message;
  }
  auto letter = [heard, text = from_library(got)] { (*heard)(text); };
  if (ears->put(std::move(letter), most_unheard)) return;
  const std::lock_guard lock{mutex_};
  ++dropped_;
}

void connection::on_closed(std::uint64_t link_number) {
  {
    const std::lock_guard lock{mutex_};
    if (link_number != link_number_) return;
  }
  lost("the connection was lost");
}

void connection::on_complaint(std::uint64_t link_number, const std::string& text) {
  constexpr std::chrono::seconds log_interval{10};  // each subject makes a text of its own
  const std::lock_guard lock{mutex_};
  if (link_number_ != 0 && link_number != link_number_) return;
  const auto now = runtime::clock::now();
  complaint_ = text;
  complained_at_ = now;
  const bool was_logged_lately =
      complaint_logged_ != runtime::time_point::min() && now - complaint_logged_ < log_interval;
  if (was_logged_lately || is_stopping_) return;
  complaint_logged_ = now;
  log_->warn("{}: {}", status_.server, text);
}

/// Most likely why a call was not answered; with the lock.
std::string connection::complaint(runtime::time_point now) const {
  const bool is_recent =
      !complaint_.empty() && now - complained_at_ < 2 * std::max(settings_.timeout, least_timeout);
  return is_recent ? complaint_ : std::string{};
}

/// What waits to be sent was not; what was sent may have been done.
void connection::lost(std::string why) {
  std::vector<reply_handler> unsent;
  std::vector<reply_handler> unanswered;
  {
    const std::lock_guard lock{mutex_};
    if (link_number_ == 0) return;
    link_number_ = 0;
    ++losses_;
    status_.is_connected = false;
    status_.last_error = why;
    for (auto& each : items_) {
      if (auto done = pending_.take(each.token)) unsent.push_back(std::move(*done));
    }
    unanswered = pending_.take_all();
    items_.clear();
    waiting_bytes_ = 0;
    if (!is_stopping_) log_->warn("{}: {}", status_.server, why);
  }
  has_work_.notify_one();
  for (const auto& done : unsent) done(failure{errc::not_connected, why, 0});
  for (const auto& done : unanswered) done(failure{errc::timed_out, why, 0});
}

void connection::deadline_loop() {
  std::unique_lock lock{mutex_};
  while (!is_stopping_) {
    const auto next = pending_.next_deadline();
    const auto now = runtime::clock::now();
    if (next > now) {
      if (next == runtime::time_point::max()) {
        has_deadline_.wait(lock);
      } else {
        has_deadline_.wait_until(lock, next);
      }
      continue;
    }
    const auto expired = pending_.expire(now);
    const auto why = complaint(now);
    lock.unlock();
    for (const auto& done : expired) done(failure{errc::timed_out, why, 0});
    lock.lock();
  }
}

}  // namespace gatehouse::nats
