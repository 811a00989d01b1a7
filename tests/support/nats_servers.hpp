#pragma once

#include "nats_double.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::nats {

/// `*` stands for one token, `>` at the end for one or more.
bool matches(std::string_view pattern, std::string_view subject) noexcept;

/// A stream as the servers keep it. Not thread-safe.
class memory_stream {
 public:
  explicit memory_stream(stream_settings settings) { info_.settings = std::move(settings); }

  [[nodiscard]] const stream_info& info() const noexcept { return info_; }
  [[nodiscard]] bool listens_to(std::string_view subject) const noexcept;
  result<stored> add(const message& added, std::optional<std::uint64_t> expected_last);
  [[nodiscard]] result<stored_message> next(std::string_view subject, std::uint64_t from) const;
  [[nodiscard]] result<stored_message> last(std::string_view subject) const;
  [[nodiscard]] std::vector<std::string> subjects(std::string_view pattern) const;
  result<void> erase(std::uint64_t sequence);

 private:
  [[nodiscard]] std::uint64_t last_of(std::string_view subject) const noexcept;
  void keep_history(const std::string& subject);

  stream_info info_;
  std::map<std::uint64_t, message> messages_;
  std::map<std::string, std::uint64_t, std::less<>> ids_;  ///< by `Nats-Msg-Id`
};

/// What all processes of a double share.
struct nats_double::servers {
  struct listener {
    std::string subject;
    std::function<void(const message&)> take;  ///< posts
  };
  struct waiting_request {
    std::function<void(const message&)> take;
  };

  memory_stream* stream_of(std::string_view subject);
  memory_stream* find(std::string_view name);
  /// To everybody who listens; the number of those.
  std::size_t spread(const message& sent);

  std::mutex mutex;
  std::int64_t max_payload_bytes = 0;
  std::map<std::string, memory_stream, std::less<>> streams;
  std::map<std::uint64_t, listener> listeners;
  std::map<std::string, waiting_request, std::less<>> requests;  ///< by reply subject
  std::uint64_t next_id = 0;
};

}  // namespace gatehouse::nats
