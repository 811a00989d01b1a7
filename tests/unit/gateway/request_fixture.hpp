#pragma once

#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/pending_requests.hpp>

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace gatehouse::gateway {

/// Pending requests of one shard, driven by payloads as Discord sends them.
class request_fixture : public testing::Test {
 public:
  using outcome = request_ended::outcome;
  static constexpr std::uint64_t own_user = 7;
  static constexpr std::uint64_t guild = 41;

  void dispatch(const std::string& type, const std::string& data) {
    std::string text = R"({"op":0,"s":1,"t":")" + type + R"(","d":)" + data + "}";
    const std::size_t size = text.size();
    text.append(parse_padding, ' ');
    envelope received;
    ASSERT_EQ(parser.parse({text.data(), size}, received), envelope_error::none) << data;
    requests.on_dispatch(received, now, done);
  }
  void pass(runtime::duration time) {
    now += time;
    requests.on_timer(now, done);
  }

  /// What has happened since the last call.
  std::vector<request_ended> ended() { return take<request_ended>(); }
  std::vector<repeat_request> repeated() { return take<repeat_request>(); }
  /// The only one that has ended.
  request_ended answer() {
    const auto all = ended();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? request_ended{0, outcome::no_answer} : all.front();
  }

  runtime::time_point now{std::chrono::hours{1}};
  answer_budget budget{1'000};
  pending_requests requests{"own-", budget, own_user};
  request_actions done;

 private:
  template <class T>
  std::vector<T> take() {
    std::vector<T> found;
    std::erase_if(done, [&](const request_action& action) {
      const auto* wanted = std::get_if<T>(&action);
      if (wanted != nullptr) found.push_back(*wanted);
      return wanted != nullptr;
    });
    return found;
  }

  envelope_parser parser;
};

}  // namespace gatehouse::gateway
