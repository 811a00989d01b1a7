#include <gatehouse/config/suggestion.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_considered = 64;  // keeps absurd keys from costing anything

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Levenshtein distance, letters compared without case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_within(std::size_t most_edits, std::string_view written,
                                std::span<const std::string_view> candidates) {
  if (written.size() > longest_considered) return {};
  std::string_view best;
  std::size_t best_distance = most_edits + 1;
  for (const auto candidate : candidates) {
    const std::size_t away = distance(written, candidate);
    if (away < best_distance) {
      best = candidate;
      best_distance = away;
    }
  }
  return best;
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates) {
  const auto best =
      nearest_within(std::max<std::size_t>(1, written.size() / 3), written, candidates);
  if (!best.empty() || written.size() < 3 || written.size() > longest_considered) return best;
  const auto longer = std::ranges::find_if(
      candidates, [written](std::string_view name) { return name.starts_with(written); });
  return longer == candidates.end() ? std::string_view{} : *longer;
}

}  // namespace gatehouse::config
