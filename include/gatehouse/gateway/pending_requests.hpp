#pragma once

#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/member_requests.hpp>
#include <gatehouse/gateway/voice_requests.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

/// The user id that a bot token names in its first part; 0 where it names none.
[[nodiscard]] std::uint64_t user_id_of_token(std::string_view token);

/// All that one shard has asked Discord and that is not answered yet. Pure; every input appends to
/// `out` what is to be done, after which the owner re-arms its timer to `deadline()`.
class pending_requests {
 public:
  /// `own_user_id`: 0 where it is not known before READY.
  pending_requests(std::string nonce_prefix, answer_budget& budget, std::uint64_t own_user_id)
      : members_(std::move(nonce_prefix), budget), own_user_id_(own_user_id) {}

  /// Asked once per dispatch: without a pending request that is all it costs.
  [[nodiscard]] bool empty() const noexcept {
    return members_.pending().empty() && voices_.pending().empty();
  }

  [[nodiscard]] member_requests& members() noexcept { return members_; }
  [[nodiscard]] voice_requests& voices() noexcept { return voices_; }
  /// It could not be sent.
  void forget(request_id id);
  void on_sent(request_id id, runtime::time_point now);

  /// A new event of the session; worth calling unless `empty()`. False: none of interest here.
  bool on_dispatch(const envelope& received, runtime::time_point now, request_actions& out);
  /// `d` of READY.
  void on_ready(std::string_view data);
  void on_connection_lost();
  /// Discord has closed the connection with this code; before `on_connection_lost`.
  void on_closed(std::uint16_t code, request_actions& out);
  void on_resumed(runtime::time_point now);
  void on_new_session(request_actions& out);
  void stop(request_actions& out);

  void on_timer(runtime::time_point now, request_actions& out);
  [[nodiscard]] std::optional<runtime::time_point> deadline() const;

 private:
  member_requests members_;
  voice_requests voices_;
  std::uint64_t own_user_id_;
};

}  // namespace gatehouse::gateway
