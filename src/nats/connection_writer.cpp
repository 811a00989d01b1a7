#include "callbacks.hpp"
#include "connection.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>
#include <utility>

namespace gatehouse::nats {

namespace {

constexpr std::chrono::milliseconds pause_between_rounds{500};

// Each is called on a thread of the library and owns the message.

void answer_arrived(natsConnection*, natsSubscription*, natsMsg* got, void* closure) {
  const owned<natsMsg> held{got};
  const auto to = callback_handle::find(closure);
  if (to.owner) to.owner->on_answer(to.number, got);
}

void message_arrived(natsConnection*, natsSubscription*, natsMsg* got, void* closure) {
  const owned<natsMsg> held{got};
  const auto to = callback_handle::find(closure);
  if (to.owner) to.owner->on_message(to.number, got);
}

/// Without it the library prints to standard error.
void server_complained(natsConnection* by, natsSubscription*, natsStatus status, void* closure) {
  const auto to = callback_handle::find(closure);
  if (!to.owner) return;
  const char* detail = nullptr;
  natsConnection_GetLastError(by, &detail);
  const bool has_detail = detail != nullptr && *detail != '\0';
  to.owner->on_complaint(to.number, has_detail ? detail : natsStatus_GetText(status));
}

void connection_closed(natsConnection*, void* closure) {
  const auto to = callback_handle::find(closure);
  if (to.owner) to.owner->on_closed(to.number);
}

std::string make_inbox() {
  std::random_device unpredictable;
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string inbox = "_INBOX.gatehouse.";  // which a user's permissions can name
  for (int i = 0; i < 16; ++i) inbox += letters[unpredictable() % letters.size()];
  return inbox + ".";
}

}  // namespace

/// A connection as libnats has it. Members are destroyed from the last to the first: subscriptions
/// before their connection, and the handles once nothing of the library looks for them.
struct connection::link {
  struct ears {
    std::unique_ptr<callback_handle> handle;
    owned<natsSubscription> subscription;
  };

  std::uint64_t number = 0;
  std::string inbox = make_inbox();
  std::string server;
  std::unique_ptr<callback_handle> handle;
  owned<natsConnection> library;
  owned<natsSubscription> answers;
  std::map<std::uint64_t, ears> listening;
};

connection::connection(config::nats_settings settings, connection_purpose purpose,
                       telemetry::logger log)
    : settings_(std::move(settings)), purpose_(std::move(purpose)), log_(std::move(log)) {
  status_.last_error = "it has not connected yet";
}

connection::~connection() {
  stop();
}

void connection::write_loop() {
  std::unique_lock lock{mutex_};
  while (!is_stopping_) {
    if (link_number_ == 0) {
      lock.unlock();
      link_.reset();
      connect_next();
      lock.lock();
      const bool has_tried_all = next_server_ == 0;
      if (link_number_ == 0 && has_tried_all) has_work_.wait_for(lock, pause_between_rounds);
    } else if (items_.empty()) {
      has_work_.wait(lock);
    } else {
      lock.unlock();
      write_items();
      lock.lock();
    }
  }
  lock.unlock();
  lost("it is stopped");
  link_.reset();
}

/// One after another, so that a silent one holds up the end of this for one time-out only.
void connection::connect_next() {
  const std::string& server = settings_.servers[next_server_];
  next_server_ = (next_server_ + 1) % settings_.servers.size();
  auto made = std::make_unique<link>();
  made->number = ++last_link_;
  made->server = server;
  made->handle = std::make_unique<callback_handle>(weak_from_this(), made->number);
  void* const closure = made->handle->closure();
  try {
    const auto options = make_options(settings_, server, purpose_);
    natsOptions_SetClosedCB(options.get(), connection_closed, closure);
    natsOptions_SetErrorHandler(options.get(), server_complained, closure);
    natsConnection* library = nullptr;
    auto status = natsConnection_Connect(&library, options.get());
    if (status != NATS_OK) return failed_to_connect(server, last_error_text(status));
    made->library.reset(library);
    natsSubscription* answers = nullptr;
    status = natsConnection_Subscribe(&answers, library, (made->inbox + "*").c_str(),
                                      answer_arrived, closure);
    if (status != NATS_OK) return failed_to_connect(server, last_error_text(status));
    made->answers.reset(answers);
    natsSubscription_SetPendingLimits(answers, -1, -1);
    connected(std::move(made));
  } catch (const std::runtime_error& unusable) {
    failed_to_connect(server, unusable.what());
  }
}

void connection::connected(std::unique_ptr<link> made) {
  link_ = std::move(made);
  std::vector<std::uint64_t> subscriptions;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, each] : listeners_) subscriptions.push_back(id);
    status_ = {true, link_->server, natsConnection_GetMaxPayload(link_->library.get()), {}, 0, 0};
    link_number_ = link_->number;
    log_->info("{}: connected ({}), max_payload {} bytes", link_->server, purpose_.name,
               status_.max_payload_bytes);
  }
  for (const auto id : subscriptions) listen(id);
  // It may have been closed before anybody could be told.
  if (natsConnection_IsClosed(link_->library.get())) lost("the connection was lost");
}

void connection::failed_to_connect(const std::string& server, const std::string& why) {
  const std::lock_guard lock{mutex_};
  const auto text = server + ": " + why;
  if (status_.last_error != text) log_->warn("no connection to {}", text);
  status_.last_error = text;
}

void connection::write_items() {
  std::deque<item> taken;
  {
    const std::lock_guard lock{mutex_};
    taken.swap(items_);
  }
  for (auto& next : taken) {
    {
      const std::lock_guard lock{mutex_};
      // Else what follows belongs to a connection that is no more, and was answered.
      if (link_number_ == 0 || is_stopping_) return;
      waiting_bytes_ -= std::min(waiting_bytes_, next.bytes);
      // Nobody waits for it any more.
      if (next.token != 0 && !pending_.has(next.token)) continue;
    }
    write(next);
  }
}

void connection::write(item& next) {
  if (next.subscription != 0) return listen(next.subscription);
  send(next);
}

/// Begins to listen, or ends it, as the subscription is there or not.
void connection::listen(std::uint64_t subscription) {
  std::string subject;
  {
    const std::lock_guard lock{mutex_};
    const auto found = listeners_.find(subscription);
    if (found != listeners_.end()) subject = found->second.subject;
  }
  if (subject.empty()) {
    link_->listening.erase(subscription);
    return;
  }
  if (link_->listening.contains(subscription)) return;
  link::ears made{std::make_unique<callback_handle>(weak_from_this(), subscription), {}};
  natsSubscription* library = nullptr;
  const auto status = natsConnection_Subscribe(&library, link_->library.get(), subject.c_str(),
                                               message_arrived, made.handle->closure());
  if (status != NATS_OK) return log_->error("{}: {}", subject, last_error_text(status));
  made.subscription.reset(library);
  link_->listening.emplace(subscription, std::move(made));
}

void connection::send(item& next) {
  std::string reply_to = std::move(next.sent.reply_to);
  if (next.token != 0) reply_to = link_->inbox + std::to_string(next.token);
  const auto packed = to_library(next.sent, reply_to);
  const auto status =
      packed ? natsConnection_PublishMsg(link_->library.get(), packed.get()) : NATS_INVALID_ARG;
  switch (status) {
    case NATS_OK:
      return;
    case NATS_MAX_PAYLOAD:
      return answer(next.token, failure{errc::too_large, {}, 0});
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT:
      return answer(next.token, failure{errc::refused, "no legal subject or header", 0});
    default:
      return lost(last_error_text(status));
  }
}

}  // namespace gatehouse::nats
