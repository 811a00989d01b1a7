#include <gatehouse/admin/router.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace gatehouse::admin {
namespace {

/// Takes the first segment off a path that begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  while (!pattern.empty() && path.starts_with('/')) {
    const auto expected = take_segment(pattern);
    const auto found = take_segment(path);
    if (is_parameter(expected) && !found.empty()) {
      parameters.emplace_back(found);
    } else if (expected != found) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

void add_method(std::vector<std::string_view>& methods, std::string_view method) {
  if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
    methods.push_back(method);
  }
}

std::string join(const std::vector<std::string_view>& methods) {
  std::string list;
  for (const auto method : methods) {
    if (!list.empty()) list += ", ";
    list += method;
  }
  return list;
}

}  // namespace

router::router(std::vector<route> rows) : rows_(std::move(rows)) {}

route_result router::find(std::string_view method, std::string_view path) const {
  std::vector<std::string_view> allowed;
  access needs = access::open;
  for (const route& row : rows_) {
    auto parameters = match(row.pattern, path);
    if (!parameters) continue;
    if (row.method == method || (method == "HEAD" && row.method == "GET")) {
      return route_match{&row, *std::move(parameters)};
    }
    add_method(allowed, row.method);
    if (row.method == "GET") add_method(allowed, "HEAD");
    if (row.needs == access::authorized) needs = access::authorized;
  }
  if (allowed.empty()) return not_found{};
  return method_not_allowed{join(allowed), needs};
}

handler answer_with(std::function<response(const request&)> function) {
  return [function = std::move(function)](const request& of) -> boost::asio::awaitable<response> {
    co_return function(of);
  };
}

response error_response(unsigned status, std::string_view text) {
  response out;
  out.status = status;
  out.body = R"({"error":)";
  telemetry::append_json_string(out.body, text);
  out.body += '}';
  return out;
}

}  // namespace gatehouse::admin
