#include "append.hpp"
#include "certificate.hpp"
#include "handler_server.hpp"

#include <gatehouse/sim/event_handler.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>

namespace gatehouse::sim {

struct event_handler::implementation {
  explicit implementation(event_handler_options chosen) : options(std::move(chosen)) {
    if (options.tls) {
      certificate = make_server_certificate();
      tls = make_server_context(certificate);
    }
    server = std::make_unique<handler_server>(loop, options, tls.get(), state);
    thread = std::thread([this] { loop.run(); });
  }
  ~implementation() {
    loop.stop();
    thread.join();
  }
  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  template <typename Action>
  void on_loop(Action action) {
    std::packaged_task<void()> task(std::move(action));
    auto done = task.get_future();
    asio::post(loop, [&task] { task(); });
    done.get();
  }

  asio::io_context loop{1};  ///< destroyed last, with the connections that are left
  /// Keeps the loop running while nothing listens.
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
  event_handler_options options;
  handler_server::shared_state state;
  server_certificate certificate;
  std::unique_ptr<asio::ssl::context> tls;
  std::unique_ptr<handler_server> server;
  std::thread thread;
};

event_handler::event_handler(event_handler_options options)
    : implementation_(std::make_unique<implementation>(std::move(options))) {}
event_handler::~event_handler() = default;

std::string event_handler::url() const {
  const auto& options = implementation_->options;
  if (!options.unix_path.empty()) return concat("http+unix://", options.unix_path, ":/");
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return concat(options.tls ? "https" : "http", "://", is_v6 ? "[" : "", options.address,
                is_v6 ? "]" : "", ":", port(), "/");
}
std::uint16_t event_handler::port() const {
  return implementation_->server->port();
}
std::string event_handler::ca_pem() const {
  return implementation_->certificate.ca_pem;
}

void event_handler::set_default_answer(const handler_answer& answer) {
  const std::scoped_lock lock(implementation_->state.mutex);
  implementation_->state.default_answer = answer;
}
void event_handler::add_rule(const answer_rule& rule) {
  const std::scoped_lock lock(implementation_->state.mutex);
  implementation_->state.rules.push_back(rule);
}
void event_handler::clear_rules() {
  const std::scoped_lock lock(implementation_->state.mutex);
  implementation_->state.rules.clear();
}
void event_handler::stop_listening() {
  implementation_->on_loop([this] { implementation_->server->stop(); });
}
void event_handler::start_listening() {
  implementation_->on_loop([this] { implementation_->server->start(); });
}
void event_handler::close_idle_connections() {
  implementation_->on_loop([this] { implementation_->server->close_idle(); });
}

handler_statistics event_handler::statistics() const {
  const std::scoped_lock lock(implementation_->state.mutex);
  return implementation_->state.numbers;
}
std::vector<received_event> event_handler::events() const {
  const std::scoped_lock lock(implementation_->state.mutex);
  return implementation_->state.kept;
}
bool event_handler::wait_until(const std::function<bool(const handler_statistics&)>& predicate,
                               std::chrono::milliseconds timeout) const {
  std::unique_lock lock(implementation_->state.mutex);
  return implementation_->state.changed.wait_for(
      lock, timeout, [&] { return predicate(implementation_->state.numbers); });
}

std::string to_json(const handler_statistics& numbers) {
  std::string out =
      concat(R"({"connections":)", numbers.connections, R"(,"requests":)", numbers.requests,
             R"(,"refused_requests":)", numbers.refused_requests, R"(,"malformed_requests":)",
             numbers.malformed_requests, R"(,"events":)", numbers.events, R"(,"largest_batch":)",
             numbers.largest_batch, R"(,"bytes":)", numbers.bytes, R"(,"numbered":)",
             numbers.numbered, R"(,"duplicates":)", numbers.duplicates, R"(,"out_of_order":)",
             numbers.out_of_order, R"(,"gaps":)", numbers.gaps, R"(,"matched":)", numbers.matched,
             R"(,"repeated":)", numbers.repeated, R"(,"altered":)", numbers.altered,
             R"(,"unknown":)", numbers.unknown, R"(,"by_type":{)");
  for (const auto& [type, count] : numbers.by_type) {
    append(out, out.back() == '{' ? "" : ",", json_string(type), ":", count);
  }
  append(out, R"(},"remarks":[)");
  for (const auto& text : numbers.remarks) {
    append(out, out.back() == '[' ? "" : ",", json_string(text));
  }
  out += "]}";
  return out;
}

}  // namespace gatehouse::sim
