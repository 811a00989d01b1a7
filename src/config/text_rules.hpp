#pragma once

#include <gatehouse/config/definition.hpp>

#include <string>
#include <string_view>

namespace gatehouse::config {

/// What is wrong with a string by its rule, without quoting any of it; empty if nothing is.
[[nodiscard]] std::string violation(text_rule rule, std::string_view text);

}  // namespace gatehouse::config
