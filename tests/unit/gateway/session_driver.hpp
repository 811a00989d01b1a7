#pragma once

#include "action_printer.hpp"

#include <gatehouse/gateway/session.hpp>

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::gateway {

using namespace std::chrono_literals;  // NOLINT: a test header

/// A session with a clock and a die in the test's hand. Every step returns what it made the session
/// do, as text and without notes.
class session_driver {
 public:
  using steps = std::vector<std::string>;

  session_driver() : machine(config(), [this] { return die; }) {}

  static session_config config() {
    return {.shard_id = 2,
            .total_shards = 16,
            .token = "secret-token",
            .intents = 513,
            .os = "linux",
            .browser = "gatehouse",
            .device = "gatehouse",
            .presence = {},
            .gateway_url = "wss://main",
            .query = "?v=10"};
  }

  static envelope control(int op, std::string_view data = {}) {
    envelope payload;
    payload.op = op;
    payload.data = data;
    return payload;
  }
  static envelope event(std::string_view type, std::int64_t seq, std::string_view data = "{}") {
    envelope payload;
    payload.op = 0;
    payload.type = type;
    payload.seq = seq;
    payload.data = data;
    return payload;
  }
  static constexpr std::string_view ready_data =
      R"({"v":10,"session_id":"abc","resume_gateway_url":"wss://resume"})";
  static resume_point stored() { return {"old", "wss://stored", 40}; }

  steps start(std::optional<resume_point> from = {}) {
    return run([&](actions& out) { machine.start(std::move(from), now, out); });
  }
  steps allow(time_point until = time_point::max()) {
    return run([&](actions& out) { machine.on_identify_allowed(now, out, until); });
  }
  steps withdraw() {
    return run([&](actions& out) { machine.on_leave_withdrawn(now, out); });
  }
  steps connect() {
    return run([&](actions& out) { machine.on_connected(now, out); });
  }
  steps fail_connect() {
    return run([&](actions& out) { machine.on_connect_failed("refused", now, out); });
  }
  steps disconnect(std::optional<std::uint16_t> code = {}) {
    return run([&](actions& out) { machine.on_disconnected(code, "reset", now, out); });
  }
  steps say(int op, std::string_view data = {}) {
    machine.on_bytes(true, now);
    return run([&](actions& out) { machine.on_control(control(op, data), now, out); });
  }
  steps hello() { return say(10, R"({"heartbeat_interval":40000})"); }
  steps dispatch(std::string_view type, std::int64_t seq, std::string_view data = "{}") {
    machine.on_bytes(true, now);
    return run(
        [&](actions& out) { verdict = machine.on_dispatch(event(type, seq, data), now, out); });
  }
  steps timer() {
    return run([&](actions& out) { machine.on_timer(now, out); });
  }
  /// Goes to the next deadline and reports it.
  steps wait() {
    now = std::max(now, machine.deadline().value_or(now));
    return timer();
  }
  steps reconnect(reconnect_mode mode) {
    return run([&](actions& out) { machine.reconnect(mode, now, out); });
  }
  steps stop(std::uint16_t code) {
    return run([&](actions& out) { machine.stop(code, now, out); });
  }
  steps corrupt() {
    return run([&](actions& out) { machine.on_corrupt_stream("test", now, out); });
  }
  steps unreadable() {
    return run([&](actions& out) { machine.on_unreadable("test", now, out); });
  }

  // Whole passages.
  void to_opening() {
    start();
    allow();
  }
  void to_awaiting_hello() {
    to_opening();
    connect();
  }
  void to_identifying() {
    to_awaiting_hello();
    hello();
  }
  void to_connected() {
    to_identifying();
    dispatch("READY", 1, ready_data);
  }
  /// From wherever a resume is being opened.
  void to_resuming() {
    connect();
    hello();
  }

  [[nodiscard]] runtime::milliseconds until_deadline() const {
    return std::chrono::duration_cast<runtime::milliseconds>(
        machine.deadline().value_or(time_point::max()) - now);
  }

  double die = 0.5;
  time_point now{std::chrono::hours{1}};
  session machine;
  dispatch_verdict verdict{};
  std::vector<std::string> notes;

 private:
  template <class Input>
  steps run(Input input) {
    actions out;
    input(out);
    steps result;
    for (const action& done : out) {
      if (const auto* line = std::get_if<note>(&done)) {
        EXPECT_EQ(line->text.find("secret"), std::string::npos);
        notes.push_back(line->text);
      } else {
        result.push_back(text_of(done));
      }
    }
    return result;
  }
};

class session_test : public testing::Test {
 public:
  session_driver shard;
};

}  // namespace gatehouse::gateway
