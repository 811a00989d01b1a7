#pragma once

#include <gatehouse/nats/engine.hpp>
#include <gatehouse/sim/event_registry.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

/// Empty without such a header.
std::string header_of(const nats::stored_message& stored, std::string_view name);

/// Holds what a stream has stored against what Discord has sent: every id once, every byte as it
/// was, every guild in order. That nothing is missing shows in the registry.
class stream_check {
 public:
  explicit stream_check(std::shared_ptr<sim::event_registry> sent) : sent_(std::move(sent)) {}

  /// By sequence.
  void add(const nats::stored_message& stored);

  [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }
  [[nodiscard]] std::size_t messages() const noexcept { return ids_.size(); }

 private:
  void check_id(const nats::stored_message& stored, const std::string& id, std::string_view text);
  void check_order(std::string_view text, const std::string& id);

  std::shared_ptr<sim::event_registry> sent_;
  std::set<std::string> ids_;
  std::map<std::string, std::uint64_t, std::less<>> last_;  ///< number, by guild
  std::vector<std::string> faults_;
};

}  // namespace gatehouse::test
