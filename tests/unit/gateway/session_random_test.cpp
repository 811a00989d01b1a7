#include "session_driver.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

// No input sequence may break what the owner, the gate and Discord rely on.

namespace gatehouse::gateway {
namespace {

class random_walk {
 public:
  explicit random_walk(unsigned seed)
      : engine_(seed), machine_(session_driver::config(), [this] { return real_(engine_); }) {}

  void run(int inputs) {
    for (int step = 0; step < inputs; ++step) {
      const bool was_offline = refused_ || stopped_;
      actions out;
      input(out);
      for (const action& done : out) {
        log_ += text_of(done) + '\n';
        ASSERT_TRUE(!was_offline || std::holds_alternative<identify_abandoned>(done)) << log_;
        std::visit([this](const auto& a) { check(a); }, done);
        if (testing::Test::HasFatalFailure()) return;
      }
      check_between();
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  int started = 0;
  int resumed = 0;
  int lost = 0;

 private:
  // ---- what goes in ----

  int below(int limit) { return std::uniform_int_distribution<int>{0, limit - 1}(engine_); }

  void input(actions& out) {
    machine_.on_bytes(below(2) == 0, now_);
    now_ += runtime::milliseconds{below(20) == 0 ? below(200'000) : below(1000)};
    switch (below(16)) {
      case 0:
        machine_.start(resume_at_random(), now_, out);
        break;
      case 1:
        if (asked_) granted_ = true;
        asked_ = false;
        if (granted_) machine_.on_identify_allowed(now_, out);
        break;
      case 2:
      case 3:
        machine_.on_connected(now_, out);
        break;
      case 4:
        if (below(4) == 0) fail(out);
        break;
      case 5:
        if (below(4) == 0) lose(out);
        break;
      case 6:
        if (below(20) == 0) machine_.on_corrupt_stream("random", now_, out);
        if (out.empty()) machine_.on_unreadable("random", now_, out);
        break;
      case 7:
        rare(out);
        break;
      case 8:
      case 9:
      case 10:
        say(out);
        break;
      case 11:
      case 12:
        if (const auto due = machine_.deadline()) now_ = std::max(now_, *due);
        machine_.on_timer(now_, out);
        break;
      default:
        dispatch(out);
    }
  }

  std::optional<resume_point> resume_at_random() {
    if (below(2) == 0) return std::nullopt;
    return resume_point{"s" + std::to_string(below(9)), below(2) != 0 ? "wss://r" : "", below(50)};
  }

  /// The owner reports only what can happen to the connection it has.
  void fail(actions& out) {
    if (machine_.state() == shard_state::connecting && open_) {
      machine_.on_connect_failed("random", now_, out);
      if (!out.empty()) open_ = false;
    }
  }

  void lose(actions& out) {
    static constexpr std::uint16_t codes[] = {1000, 1001, 1006, 1011, 4000, 4001, 4002,
                                              4003, 4005, 4007, 4008, 4009, 4014};
    const auto code = codes[below(100) == 0 ? 12 : below(12)];
    machine_.on_disconnected(below(3) == 0 ? std::optional<std::uint16_t>{} : code, "random", now_,
                             out);
    if (!out.empty()) open_ = false;
  }

  void rare(actions& out) {
    machine_.set_safe_seq(below(100));
    if (below(30) == 0) machine_.reconnect(reconnect_mode::resume, now_, out);
    if (below(60) == 0) machine_.reconnect(reconnect_mode::identify, now_, out);
    if (below(500) == 0) {
      machine_.stop(below(2) == 0 ? 1000 : 4000, now_, out);
      stopped_ = true;
    }
  }

  void say(actions& out) {
    static constexpr std::string_view data[] = {
        "", "null", "true", "false", "{}", "[", "\xff", R"({"heartbeat_interval":1})"};
    static constexpr int ops[] = {1, 11, 11, 11, 11, 7, 9, 12};
    if (below(2) == 0) {
      machine_.on_control(session_driver::control(10, R"({"heartbeat_interval":41250})"), now_,
                          out);
    } else {
      const int op = below(3) == 0 ? ops[below(8)] : 11;
      machine_.on_control(session_driver::control(op, data[below(8)]), now_, out);
    }
  }

  void dispatch(actions& out) {
    const std::string ready = R"({"session_id":"n)" + std::to_string(below(1000)) +
                              R"(","resume_gateway_url":"wss://r"})";
    const auto before = machine_.resumable();
    const auto known = before ? before->seq : 0;
    const auto seq = below(4) != 0 ? known + 1 + below(3) : below(60);
    const std::string_view type = below(3) == 0   ? "READY"
                                  : below(3) == 0 ? "RESUMED"
                                                  : "MESSAGE_CREATE";
    const auto verdict = machine_.on_dispatch(
        session_driver::event(type, seq, below(20) == 0 ? "{" : std::string_view(ready)), now_,
        out);
    const auto& after = machine_.resumable();
    if (verdict == dispatch_verdict::forward) {
      ASSERT_TRUE(after);
      ASSERT_EQ(after->seq, seq);
    }
    if (before && after && before->session_id == after->session_id &&
        before->resume_url == after->resume_url) {
      ASSERT_GE(after->seq, before->seq);
    }
  }

  // ---- what may come out ----

  void check(const open_connection& a) {
    ASSERT_FALSE(open_) << "two connections\n" << log_;
    ASSERT_NE(a.url.find("?v=10"), std::string::npos);
    open_ = true;
  }
  void check(const close_connection&) {
    ASSERT_TRUE(open_) << "closed what is not open\n" << log_;
    open_ = false;
  }
  void check(const send_text& a) {
    ASSERT_TRUE(open_) << log_;
    if (a.text.starts_with(R"({"op":2)")) {
      ASSERT_TRUE(granted_) << "Identify without leave\n" << log_;
    }
  }
  void check(const request_identify&) {
    ASSERT_FALSE(asked_ || granted_) << log_;
    ASSERT_FALSE(open_) << "idle connection\n" << log_;
    asked_ = true;
  }
  void check(const identify_sent&) {
    ASSERT_TRUE(granted_) << log_;
    granted_ = false;
  }
  void check(const identify_abandoned&) { asked_ = granted_ = false; }
  void check(const session_refused&) { refused_ = true; }
  void check(const session_lost& a) {
    ASSERT_FALSE(a.session_id.empty() || a.reason.empty());
    ++lost;
  }
  void check(const session_started&) { ++started; }
  void check(const session_resumed&) { ++resumed; }
  template <class Other>
  void check(const Other&) {}

  void check_between() {
    switch (machine_.state()) {
      case shard_state::offline:
        ASSERT_EQ(machine_.deadline(), std::nullopt);
        ASSERT_FALSE(open_) << log_;
        break;
      case shard_state::unidentified:
        ASSERT_TRUE(asked_ || granted_) << log_;
        break;
      case shard_state::connecting:
        ASSERT_TRUE(open_) << log_;
        break;
      case shard_state::disconnected:
        ASSERT_TRUE(machine_.deadline()) << log_;
        ASSERT_FALSE(open_ || asked_ || granted_) << log_;
        break;
      default:
        ASSERT_TRUE(machine_.deadline()) << log_;
        ASSERT_TRUE(open_) << log_;
    }
  }

  std::mt19937 engine_;
  std::uniform_real_distribution<double> real_{0.0, 1.0};
  session machine_;
  time_point now_{1h};
  bool open_ = false;
  bool asked_ = false;
  bool granted_ = false;
  bool refused_ = false;
  bool stopped_ = false;
  std::string log_;
};

TEST(session_random, keeps_its_promises_whatever_comes) {
  int started = 0;
  int resumed = 0;
  int lost = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_walk walk{seed};
    walk.run(1000);
    if (HasFatalFailure()) return;
    started += walk.started;
    resumed += walk.resumed;
    lost += walk.lost;
  }
  // The walk does get around.
  EXPECT_GT(started, 1000);
  EXPECT_GT(resumed, 500);
  EXPECT_GT(lost, 1000);
}

}  // namespace
}  // namespace gatehouse::gateway
