#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::admin {

/// A request that has been read completely and found its row in the endpoint table.
struct request {
  std::string method;                   ///< GET for HEAD
  std::string path;                     ///< without query
  std::string query;                    ///< behind the `?`, as sent
  std::vector<std::string> parameters;  ///< what the `{…}` segments of the pattern matched
  std::string body;
  /// The Authorization header is right, or none is configured. Always true but for open rows.
  bool authorized = false;
};

struct response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};  ///< further ones
};

/// `{"error": text}`, the form of every error of the admin interface.
response error_response(unsigned status, std::string_view text);

}  // namespace gatehouse::admin
