#pragma once

#include <gatehouse/config/loader.hpp>

#include <string>
#include <string_view>

namespace gatehouse::config {

/// A string with its `${NAME}` and `${NAME:-default}` replaced, or what is wrong with it. `$${`
/// stands for a plain `${`; what a variable holds is taken as it is, not looked at again, and a
/// default ends at the first closing brace and stands in for an empty variable, too.
struct substituted {
  std::string text;
  std::string error;  ///< empty: fine
};
[[nodiscard]] substituted substitute(std::string_view text, const environment& env);

/// Letters, digits and _, no digit first.
[[nodiscard]] bool is_variable_name(std::string_view name);

/// Whether one of its words is a `$NAME`, as a shell would have it.
[[nodiscard]] bool names_variable_without_braces(std::string_view text);

}  // namespace gatehouse::config
