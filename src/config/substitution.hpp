#pragma once

#include <gatehouse/config/loader.hpp>

#include <string>
#include <string_view>

namespace gatehouse::config {

/// A string with its `${NAME}` replaced, or what is wrong with it. `$${` stands for a plain `${`;
/// what a variable holds is taken as it is, not looked at again.
struct substituted {
  std::string text;
  std::string error;  ///< empty: fine
};
[[nodiscard]] substituted substitute(std::string_view text, const environment& env);

}  // namespace gatehouse::config
