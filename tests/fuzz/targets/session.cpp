#include <gatehouse/gateway/session.hpp>

#include <array>
#include <fuzz_input.hpp>
#include <variant>

// A byte a step: what happens to the session machine, with a model of its owner, the identify gate
// and Discord, who rely on what it does. What Discord says is text from the input as well.

namespace gatehouse::gateway {
namespace {

using fuzz::require;
using runtime::milliseconds;
using std::chrono::hours;

class owner {
 public:
  explicit owner(fuzz::input& in)
      : in_(in), machine_(config(), [this] { return in_.byte() / 256.0; }) {}

  void run() {
    for (int step = 0; step < 400 && !in_.empty(); ++step) {
      const bool was_over = over_;
      actions out;
      now_ += milliseconds{in_.byte() * 37};
      act(out);
      for (const auto& wanted : out) {
        require(!was_over || std::holds_alternative<identify_abandoned>(wanted),
                "nothing happens after the end");
        std::visit([this](const auto& a) { take(a); }, wanted);
      }
      check();
    }
  }

 private:
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

  void act(actions& out) {
    switch (in_.below(16)) {
      case 0:
        start(out);
        break;
      case 1:
        if (asked_) machine_.on_identify_allowed(now_, out);
        break;
      case 2:
      case 3:
        if (open_) machine_.on_connected(now_, out);
        break;
      case 4:
        fail_or_lose(out);
        break;
      case 5:
        machine_.on_unreadable("fuzz", now_, out);
        break;
      case 6:
        if (in_.below(4) == 0) machine_.on_corrupt_stream("fuzz", now_, out);
        break;
      case 7:
        command(out);
        break;
      case 8:
      case 9:
        say(out);
        break;
      case 10:
      case 11:
        if (const auto due = machine_.deadline()) now_ = std::max(now_, *due);
        timer(out);
        break;
      case 12:
        machine_.on_bytes(in_.below(2) == 0, now_);
        break;
      default:
        dispatch(out);
    }
  }

  void start(actions& out) {
    if (in_.below(2) == 0) return machine_.start(std::nullopt, now_, out);
    const std::string session_id{in_.text(in_.below(8))};
    const std::string url{in_.line()};
    machine_.start(resume_point{session_id, url, in_.integer()}, now_, out);
  }

  void fail_or_lose(actions& out) {
    if (machine_.state() == shard_state::connecting && open_ && in_.below(2) == 0) {
      machine_.on_connect_failed("fuzz", now_, out);
      if (!out.empty()) open_ = false;
      return;
    }
    std::optional<std::uint16_t> code;
    if (in_.below(4) != 0) code = static_cast<std::uint16_t>(in_.integer());
    if (in_.below(2) == 0) code = static_cast<std::uint16_t>(4000 + in_.below(16));
    machine_.on_disconnected(code, "fuzz", now_, out);
    if (!out.empty()) open_ = false;
  }

  void command(actions& out) {
    switch (in_.below(5)) {
      case 0:
        machine_.set_safe_seq(in_.integer());
        break;
      case 1:
        machine_.reconnect(reconnect_mode::resume, now_, out);
        break;
      case 2:
        machine_.reconnect(reconnect_mode::identify, now_, out);
        break;
      case 3:
        machine_.set_gateway_url("wss://other");
        break;
      default:
        if (in_.below(8) != 0) break;
        machine_.stop(in_.below(2) == 0 ? 1000 : 4000, now_, out);
        over_ = true;
    }
  }

  void say(actions& out) {
    static constexpr std::array ops{10, 10, 11, 11, 1, 7, 9, 0, -1, 12};
    envelope payload;
    payload.op = ops.at(in_.below(ops.size()));
    const fuzz::padded data{
        payload.op == 10 && in_.below(4) != 0 ? R"({"heartbeat_interval":41250})" : in_.line(),
        parse_padding};
    payload.data = data.view();
    machine_.on_control(payload, now_, out);
  }

  void dispatch(actions& out) {
    static constexpr std::array types{"READY", "RESUMED", "MESSAGE_CREATE", ""};
    const auto known = machine_.resumable() ? machine_.resumable()->seq : 0;
    envelope payload;
    payload.op = 0;
    payload.type = types.at(in_.below(types.size()));
    const bool is_next = in_.below(4) != 0 && known < INT64_MAX - 1;
    payload.seq = is_next ? known + 1 : in_.integer();
    const bool is_usual = in_.below(4) != 0;
    const fuzz::padded data{
        is_usual ? R"({"session_id":"abc","resume_gateway_url":"wss://r"})" : in_.line(),
        parse_padding};
    payload.data = data.view();
    const auto before = machine_.resumable();
    const auto verdict = machine_.on_dispatch(payload, now_, out);
    const auto& after = machine_.resumable();
    if (verdict != dispatch_verdict::forward) return;
    require(after && after->seq == payload.seq, "what is forwarded is the newest event");
    require(!before || before->session_id != after->session_id || payload.type == "READY" ||
                after->seq > before->seq,
            "nothing is forwarded twice");
  }

  void timer(actions& out) { machine_.on_timer(now_, out); }

  void take(const open_connection& a) {
    require(!open_, "one connection at a time");
    require(a.url.find("?v=10") != std::string::npos, "we say how we want to be spoken to");
    require(a.url.starts_with("wss:"), "the token is sent encrypted");
    open_ = true;
  }
  void take(const close_connection&) {
    require(open_, "only what is open is closed");
    open_ = false;
  }
  void take(const send_text& a) {
    require(open_, "sent on an open connection");
    if (!a.text.starts_with(R"({"op":2)")) return;
    require(granted(), "identifies with leave only");
  }
  void take(const request_identify&) {
    require(!asked_ && !open_, "asks once, and without a connection");
    asked_ = true;
  }
  void take(const identify_sent&) { asked_ = false; }
  void take(const identify_abandoned&) { asked_ = false; }
  void take(const session_refused&) { over_ = true; }
  void take(const session_lost& a) {
    require(!a.session_id.empty() && !a.reason.empty(), "a loss says of what and why");
  }
  void take(const note& a) {
    require(a.text.find("secret-token") == std::string::npos, "no note has the token");
  }
  void take(const events_unreadable& a) { require(a.first <= a.last, "a gap has events"); }
  void take(const session_started& a) {
    require(!a.session.session_id.empty(), "a session has an id");
  }
  void take(const session_resumed&) {}

  [[nodiscard]] bool granted() const { return asked_; }

  void check() {
    const auto due = machine_.deadline();
    switch (machine_.state()) {
      case shard_state::offline:
        require(!due && !open_, "nothing goes on offline");
        break;
      case shard_state::unidentified:
        require(asked_, "somebody will give leave");
        break;
      case shard_state::disconnected:
        require(due && !open_, "it will go on");
        break;
      default:
        require(due.has_value() && open_, "no state is for ever");
    }
  }

  fuzz::input& in_;
  session machine_;
  runtime::time_point now_{hours{1}};
  bool open_ = false;
  bool asked_ = false;
  bool over_ = false;
};

}  // namespace
}  // namespace gatehouse::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::fuzz::input in{data, size};
  gatehouse::gateway::owner{in}.run();
  return 0;
}
