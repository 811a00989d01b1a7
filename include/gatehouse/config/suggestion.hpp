#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gatehouse::config {

/// The candidate somebody who wrote `written` most likely meant; empty if none is near. The nearest
/// by edit distance (at most a third of the length), else one that `written` is the beginning of.
[[nodiscard]] std::string_view nearest(std::string_view written,
                                       std::span<const std::string_view> candidates);

/// The candidate that is at most so many edits away; empty if there is none.
[[nodiscard]] std::string_view nearest_within(std::size_t most_edits, std::string_view written,
                                              std::span<const std::string_view> candidates);

}  // namespace gatehouse::config
