#pragma once

#include "library.hpp"
#include "mailbox.hpp"
#include "pending_calls.hpp"

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::nats {

/// One connection to one of the servers, made anew whenever it is lost, with two threads: one that
/// connects and writes, and so may wait for the server, and one that watches the deadlines of calls
/// however long that takes. Everything with an answer is a message whose answer comes to an inbox
/// of this connection. Any thread.
class connection : public std::enable_shared_from_this<connection> {
 public:
  static constexpr std::size_t most_calls = 65'536;
  static constexpr std::size_t most_waiting_bytes = 256UL << 20;
  static constexpr std::size_t most_unheard = 65'536;  ///< messages that a subscriber is behind

  connection(config::nats_settings settings, connection_purpose purpose, telemetry::logger log);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void start();
  /// Ends the threads and what waits. Nothing of it is called afterwards.
  void stop();

  /// `done` is called on one of several threads, or from within.
  void call(message sent, runtime::duration timeout, reply_handler done);
  void publish(message sent);
  std::uint64_t subscribe(std::string subject, std::shared_ptr<mailbox> ears,
                          std::function<void(message)> on_message);
  void unsubscribe(std::uint64_t id);

  [[nodiscard]] connection_status status() const;
  /// Messages that were published without a connection, or came faster than they were heard.
  [[nodiscard]] std::uint64_t dropped() const;
  /// Connections lost so far.
  [[nodiscard]] std::uint64_t losses() const;

  // What libnats calls, on its threads.
  void on_answer(std::uint64_t link_number, natsMsg* got);
  void on_message(std::uint64_t subscription, natsMsg* got);
  void on_closed(std::uint64_t link_number);
  /// The server has refused something without an answer to it: permissions, above all.
  void on_complaint(std::uint64_t link_number, const std::string& text);

 private:
  /// What waits for the writer: a message, or a change of the subscriptions.
  struct item {
    message sent;
    std::uint64_t token = 0;  ///< of its call; 0: nobody waits for an answer
    std::uint64_t subscription = 0;
    std::size_t bytes = 0;
  };
  struct listener {
    std::string subject;
    std::shared_ptr<mailbox> ears;
    std::shared_ptr<std::function<void(message)>> on_message;
  };
  struct link;

  void write_loop();
  void deadline_loop();
  void connect_next();
  void connected(std::unique_ptr<link> made);
  void failed_to_connect(const std::string& server, const std::string& why);
  void lost(std::string why);
  void write_items();
  void write(item& next);
  void listen(std::uint64_t subscription);
  void send(item& next);
  void answer(std::uint64_t token, result<message> got);
  [[nodiscard]] std::string complaint(runtime::time_point now) const;
  void enqueue(item added);

  const config::nats_settings settings_;
  const connection_purpose purpose_;
  const telemetry::logger log_;

  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_deadline_;
  std::deque<item> items_;
  std::size_t waiting_bytes_ = 0;
  pending_calls pending_;
  std::map<std::uint64_t, listener> listeners_;
  std::uint64_t last_subscription_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t losses_ = 0;
  std::uint64_t link_number_ = 0;  ///< of the present link; 0: not connected
  bool is_stopping_ = false;
  connection_status status_;
  std::string complaint_;  ///< the server's last
  runtime::time_point complained_at_ = runtime::time_point::min();
  runtime::time_point complaint_logged_ = runtime::time_point::min();

  // The writer's alone.
  std::unique_ptr<link> link_;
  std::uint64_t last_link_ = 0;
  std::size_t next_server_ = 0;

  std::thread writer_;
  std::thread watch_;
};

}  // namespace gatehouse::nats
