#pragma once

#include <string_view>

namespace gatehouse::admin {

/// A page in one piece, embedded by embed.cmake; the views are valid for ever.
struct web_page {
  std::string_view html;
  /// The Content-Security-Policy that it is served with: only its own inline elements, by hash.
  std::string_view policy;
};

/// Asks for the secret where its questions are refused.
web_page dashboard_page();

}  // namespace gatehouse::admin
