#pragma once

#include <string_view>

namespace gatehouse::admin {

/// A page in one piece, embedded by embed.cmake; the views are valid for ever.
struct web_page {
  std::string_view html;
  /// The Content-Security-Policy that it is served with: only its own inline elements, by hash.
  std::string_view policy;
};

web_page dashboard_page();

/// Asks for the secret, then puts the dashboard in its own place.
web_page sign_in_page();

}  // namespace gatehouse::admin
