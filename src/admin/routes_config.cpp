#include "request_text.hpp"
#include "routes.hpp"

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;

awaitable<response> show(cluster::control& control, const request& asked) {
  const auto format = query_value(asked.query, "format").value_or("json");
  if (format != "json" && format != "toml") {
    co_return error_response(400, "format must be json or toml");
  }
  auto view = co_await control.get_config();
  if (format == "toml") {
    co_return response{.body = std::move(view.toml), .content_type = "text/plain; charset=utf-8"};
  }
  json_writer out;
  out.begin_object().member("revision", view.revision).member("file", view.file);
  out.key("values").raw(view.json).end_object();
  co_return response{.body = out.take()};
}

std::string first_problem(const cluster::reload_result& result) {
  const std::string what = "the configuration has problems; nothing has changed";
  return result.problems.empty() ? what : what + ": " + result.problems.front();
}

awaitable<response> reload(cluster::control& control) {
  const auto result = co_await control.reload();
  json_writer out;
  out.begin_object();
  if (!result.is_applied) out.member("error", first_problem(result));
  out.member("applied", result.is_applied).member("revision", result.revision);
  if (result.is_applied) {
    out.member("changed", result.applied).member("needsRestart", result.needs_restart);
  } else {
    out.member("problems", result.problems);
  }
  out.end_object();
  co_return response{.status = result.is_applied ? 200U : 422U, .body = out.take()};
}

}  // namespace

void add_config_routes(std::vector<route>& rows, const control_sources& sources) {
  auto& control = sources.control;
  rows.push_back({"GET", "/config", access::authorized,
                  [&control](const request& asked) { return show(control, asked); }});
  rows.push_back({"POST", "/config/reload", access::authorized,
                  [&control](const request&) { return reload(control); }});
}

}  // namespace gatehouse::admin
