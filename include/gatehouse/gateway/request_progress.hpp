#pragma once

#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Requests that Discord answers by events, or not at all: a missing intent or a foreign guild is
/// met with silence (discord-api-docs#5855), so nothing here waits without a deadline.
namespace gatehouse::gateway {

/// Who asked; never 0.
using request_id = std::uint64_t;

// ---- what pending requests ask for ----

/// Send this once more under the send limit, and report `on_sent` when it is out.
struct repeat_request {
  request_id id;
  opcode op;
  std::string text;
};
/// The request is gone; this is its answer.
struct request_ended {
  enum class outcome {
    answered,   ///< `text` is the JSON
    no_answer,  ///< Discord was silent
    stopped,    ///< the shard was stopped
    refused,    ///< Discord closed the connection because of it: `text` says how
    limited,    ///< Discord wants it later than anybody would wait: `again_in`
    too_large,  ///< the answers under way have no room any more
  };
  request_id id;
  outcome what;
  std::string text{};
  std::optional<runtime::milliseconds> again_in{};
};
using request_action = std::variant<repeat_request, request_ended>;
using request_actions = std::vector<request_action>;

/// How far one request is, whatever it asks for. Pure.
///
/// What was sent on a connection that is lost may have reached Discord or not. After a resume the
/// answer is replayed if it did: so it is sent again only after an idle moment. A new session has
/// never heard of it: it is sent again at once.
class request_progress {
 public:
  /// After the request or a part of its answer; only while connected.
  static constexpr runtime::seconds idle{10};
  /// After a resume, before it is sent again.
  static constexpr runtime::seconds replay_idle{3};
  /// In all, with waiting for the send limit, for a connection and for Discord's own limits.
  static constexpr runtime::seconds longest{300};

  /// It waits in the send limit's queue.
  explicit request_progress(runtime::time_point now) noexcept : end_(now + longest) {}

  void on_sent(runtime::time_point now) noexcept;
  /// A part of the answer.
  void on_news(runtime::time_point now) noexcept;
  /// RATE_LIMITED. False: longer than this request lives.
  [[nodiscard]] bool on_limited(runtime::time_point until) noexcept;
  void on_connection_lost() noexcept;
  void on_resumed(runtime::time_point now) noexcept;
  /// True: send it again now.
  [[nodiscard]] bool on_new_session() noexcept;

  enum class step { wait, repeat, give_up };
  /// At or after `deadline`. `repeat` puts it back into the queue.
  [[nodiscard]] step check(runtime::time_point now) noexcept;
  [[nodiscard]] runtime::time_point deadline() const noexcept;
  /// Sent on this connection, and nothing heard: Discord may have choked on it.
  [[nodiscard]] bool is_suspect() const noexcept { return stage_ == stage::sent && !has_news_; }

 private:
  enum class stage {
    queued,       ///< on its way out, here or at the send limit
    sent,         ///< on this connection
    interrupted,  ///< sent on a connection that is gone
    replaying,    ///< the session is resumed: the answer may still come
    limited,      ///< Discord wants it later
  };

  stage stage_ = stage::queued;
  bool has_news_ = false;
  runtime::time_point end_;
  runtime::time_point due_{};  ///< of the stages sent, replaying and limited
};

}  // namespace gatehouse::gateway
