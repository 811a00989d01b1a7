#pragma once

#include "byte_stream.hpp"
#include "event_tally.hpp"
#include "handler_request.hpp"
#include "http_request.hpp"
#include "listener.hpp"

#include <gatehouse/sim/event_handler.hpp>

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::sim {

/// The HTTP side of event_handler. Loop thread only, apart from the members in `state`.
class handler_server {
 public:
  /// What other threads look at, under the mutex.
  struct shared_state {
    std::mutex mutex;
    std::condition_variable changed;
    handler_statistics numbers;
    std::vector<received_event> kept;
    handler_answer default_answer;
    std::vector<answer_rule> rules;
  };

  handler_server(asio::io_context& loop, const event_handler_options& options,
                 asio::ssl::context* tls, shared_state& state);

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_->port(); }
  void stop();
  void start() { listener_->reopen(); }
  void close_idle();

 private:
  struct connection {
    std::unique_ptr<byte_stream> stream;
    std::string received;
    std::size_t consumed = 0;     ///< bytes of received that are done with
    std::string answers;          ///< not written yet
    bool idle = false;            ///< waits for the first byte of a request
    bool is_answering = false;    ///< what counts as accepted is being said
    bool is_nearly_idle = false;  ///< idle once that is done
    bool ends_after_answer = false;
    bool has_ended = false;  ///< nothing that still arrives counts
  };
  enum class next_step { read, slow_answer, close };

  static void end(connection& client);
  asio::awaitable<void> serve(std::unique_ptr<byte_stream> stream);
  asio::awaitable<void> converse(connection& client);
  next_step answer_requests(connection& client, handler_answer& slow, std::size_t& slow_size);
  asio::awaitable<bool> answer_slowly(connection& client, const handler_answer& answer,
                                      std::size_t size);
  asio::awaitable<void> hang(byte_stream& stream);
  handler_answer choose_answer(const http_request& request);
  bool matches(const answer_rule& rule) const;
  void account(const http_request& request, const handler_answer& answer);
  void keep(const http_request& request, const delivered_event& event);

  asio::io_context& loop_;
  const event_handler_options& options_;
  shared_state& state_;
  event_tally tally_;
  delivery_reader reader_;
  std::vector<delivered_event> events_;  ///< of the request at hand
  bool malformed_ = false;               ///< the request at hand
  std::set<connection*> connections_;
  std::unique_ptr<listener> listener_;
};

}  // namespace gatehouse::sim
