#include "request_text.hpp"
#include "routes.hpp"

namespace gatehouse::admin {
namespace {

response answer_log(const telemetry::recent_log& recent, const request& asked) {
  const auto after = parse_number<std::uint64_t>(query_value(asked.query, "after").value_or("0"));
  if (!after) return error_response(400, "after must be the next of an earlier answer");
  const auto excerpt = recent.read(*after);
  json_writer out;
  out.begin_object().member("next", excerpt.next).key("lines").begin_array();
  for (const auto& line : excerpt.lines) {
    out.begin_object()
        .member("number", line.number)
        .member("unixMs", line.unix_ms)
        .member("level", telemetry::to_string(line.level))
        .member("text", line.text)
        .key("fields")
        .raw("{" + line.members + "}")
        .end_object();
  }
  out.end_array().end_object();
  return {.body = out.take()};
}

}  // namespace

void add_log_route(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/log", access::authorized,
                  answer_with([&recent = sources.recent](const request& asked) {
                    return answer_log(recent, asked);
                  })});
}

}  // namespace gatehouse::admin
