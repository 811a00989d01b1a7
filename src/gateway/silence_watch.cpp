#include <gatehouse/gateway/silence_watch.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gatehouse::gateway {

namespace {

/// A shard that a resume does not help is tried again ever more seldom.
constexpr int most_patience = 64;

}  // namespace

bool silence_watch::check(std::uint64_t dispatches, std::optional<runtime::time_point> last_ack,
                          runtime::time_point now) noexcept {
  if (!heard_at_) {
    heard_at_ = now;
    dispatches_ = dispatches;
    is_reported_ = false;
    return false;
  }
  if (const auto news = dispatches - std::exchange(dispatches_, dispatches); news > 0) {
    learn(news, now - *std::exchange(heard_at_, now));
    is_reported_ = false;
    if (recovered_at_ != 0 && dispatches >= recovered_at_) {
      recovered_at_ = 0;
      patience_ = 1;
    }
    return false;
  }
  const auto allowed = bound();
  if (is_reported_ || !allowed || !last_ack || *last_ack < *heard_at_ + *allowed) return false;
  is_reported_ = true;
  patience_ = std::min(2 * patience_, most_patience);
  recovered_at_ = dispatches + recovered_after;
  return true;
}

void silence_watch::learn(std::uint64_t news, runtime::duration silence) noexcept {
  const std::chrono::duration<double> passed = silence;
  learned_from_ += news;
  watched_ += passed;
  const double weight = 1 - std::exp(-passed / memory);
  usual_gap_ += weight * (passed / static_cast<double>(news) - usual_gap_);
  longest_silence_ = std::max(longest_silence_ * std::exp2(-passed / half_life), passed);
}

std::optional<runtime::duration> silence_watch::bound() const noexcept {
  if (learned_from_ < least_dispatches || watched_ < least_watched) return std::nullopt;
  const auto unusual = std::max(usual_gaps * usual_gap_, longest_silences * longest_silence_);
  return patience_ * std::max(runtime::duration{shortest_alarm},
                              std::chrono::duration_cast<runtime::duration>(unusual));
}

}  // namespace gatehouse::gateway
