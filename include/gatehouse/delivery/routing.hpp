#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/net/url.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Which handler URL an event goes to: `urls[shardId mod count]` of the first route that names it,
/// else of `handlers.urls`, unless a library chooses among them. Immutable; the same configuration
/// gives the same numbers everywhere.
class routing {
 public:
  /// Throws std::invalid_argument for a list without URLs and for a URL that is no handler's.
  /// `decisions` may be null.
  routing(const config::handler_settings& handlers, const std::vector<config::event_route>& routes,
          const controllers::decision_points* decisions = nullptr);

  /// Every URL once, in the order of their first mention; the index is its number.
  [[nodiscard]] const std::vector<net::url>& urls() const noexcept { return urls_; }

  /// Routes as numbers, for callers who keep them by event type. 0: `handlers.urls`.
  [[nodiscard]] std::size_t route_of(std::string_view event_name) const noexcept;
  [[nodiscard]] std::uint16_t target_of(std::size_t route, int shard_id) const noexcept {
    const auto& numbers = groups_[route];
    return numbers[static_cast<std::size_t>(shard_id) % numbers.size()];
  }
  /// Whether `choose` may say something else.
  [[nodiscard]] bool is_decided() const noexcept { return decisions_ != nullptr; }
  /// As the library has it that decides.
  [[nodiscard]] std::uint16_t choose(std::size_t route, int shard_id,
                                     std::string_view event_name) const;
  /// For events by name, such as those on disk.
  [[nodiscard]] std::uint16_t target_of(std::string_view event_name, int shard_id) const;
  /// Of a URL spelled as in the configuration.
  [[nodiscard]] std::optional<std::uint16_t> number_of_url(std::string_view text) const;
  /// Names the queue of a URL, on disk too; not for logs, it may hold a secret.
  [[nodiscard]] static std::string queue_name(const net::url& url);
  /// Of the queue that an event goes to.
  [[nodiscard]] std::string queue_name(int shard_id, std::string_view event_name) const {
    return queue_name(urls_[target_of(event_name, shard_id)]);
  }
  /// What tells one routing from another; not for logs.
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }
  /// The event names that have a route of their own.
  [[nodiscard]] std::vector<std::string> routed_names() const;

 private:
  using group = std::vector<std::uint16_t>;  ///< numbers of URLs

  void add_group(const std::vector<std::string>& urls);
  group make_group(const std::vector<std::string>& urls);
  std::uint16_t number_of(const std::string& text);

  std::vector<net::url> urls_;
  std::string fingerprint_;
  std::vector<group> groups_;
  std::vector<std::vector<std::string>> texts_;  ///< by group, as configured
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
  const controllers::decision_points* decisions_;            ///< null: none of them chooses URLs
  std::vector<std::pair<std::string, std::size_t>> routes_;  ///< by event name
};

}  // namespace gatehouse::delivery
