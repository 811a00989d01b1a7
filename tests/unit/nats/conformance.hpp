#pragma once

#include <gatehouse/nats/engine.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

namespace gatehouse::nats {

/// What the conformance suite runs against: fresh servers, without streams.
class ground {
 public:
  virtual ~ground() = default;
  /// Null: they cannot be had here; `why_not` says why.
  virtual engine* process() = 0;
  virtual std::string why_not() { return {}; }
};

struct ground_kind {
  std::string name;
  std::function<std::unique_ptr<ground>()> make;
};
/// In the name that ctest knows a test by: without it, the bytes of the structure.
inline void PrintTo(const ground_kind& kind, std::ostream* out) {
  *out << kind.name;
}

/// One client, whose answers are waited for.
class conformance : public ::testing::TestWithParam<ground_kind> {
 protected:
  void SetUp() override {
    ground_ = GetParam().make();
    if (ground_->process() == nullptr) GTEST_SKIP() << ground_->why_not();
    client_ = ground_->process()->make_client(io_.get_executor());
  }

  /// Runs until `is_true`, 20 s at most.
  template <class Condition>
  bool wait_until(const Condition& is_true) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!is_true()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io_.restart();
      io_.run_for(std::chrono::milliseconds{5});
    }
    return true;
  }

  /// The answer of a call: `ask<entry>([&](auto done) { client_->get(…, done); })`.
  template <class Value, class Call>
  result<Value> ask(const Call& call) {
    auto got = std::make_shared<std::optional<result<Value>>>();
    call(answer<Value>{[got](result<Value> answered) { got->emplace(std::move(answered)); }});
    EXPECT_FALSE(got->has_value()) << "answered from within the call";
    if (!wait_until([&] { return got->has_value(); })) return failure{errc::refused, "never", 0};
    return std::move(**got);
  }

  result<stream_info> create(stream_settings wanted) {
    return ask<stream_info>([&](auto done) { client_->create_stream(wanted, done); });
  }
  result<std::uint64_t> set(const std::string& key, const std::string& value, std::uint64_t at) {
    return ask<std::uint64_t>(
        [&](auto done) { client_->compare_and_set("b", key, value, at, done); });
  }
  result<entry> get(const std::string& key) {
    return ask<entry>([&](auto done) { client_->get("b", key, done); });
  }
  result<stored> append(message sent) {
    return ask<stored>([&](auto done) { client_->append(sent, done); });
  }

  boost::asio::io_context io_;
  std::unique_ptr<ground> ground_;
  std::unique_ptr<client> client_;
};

}  // namespace gatehouse::nats
