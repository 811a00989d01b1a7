#include "request_text.hpp"
#include "routes.hpp"

#include <gatehouse/admin/figure_history.hpp>

#include <cmath>

namespace gatehouse::admin {
namespace {

/// With three digits behind the point; the writer knows whole numbers only.
std::string decimal(double value) {
  const auto thousandths = static_cast<std::int64_t>(std::llround(value * 1000));
  std::string text = std::to_string(thousandths / 1000) + '.';
  const auto rest = std::to_string(1000 + thousandths % 1000);
  return text.append(rest, 1);
}

std::string milliseconds_or_null(const std::optional<double>& in_seconds) {
  return in_seconds ? decimal(*in_seconds * 1000) : "null";
}

void append_point(json_writer& out, const figure_point& point) {
  out.begin_object()
      .member("unixMs", point.unix_ms)
      .key("received")
      .raw(decimal(point.received_per_second))
      .key("delivered")
      .raw(decimal(point.delivered_per_second))
      .member("queued", point.queued)
      .key("p50Ms")
      .raw(milliseconds_or_null(point.p50))
      .key("p95Ms")
      .raw(milliseconds_or_null(point.p95))
      .key("p99Ms")
      .raw(milliseconds_or_null(point.p99))
      .key("cpu")
      .raw(decimal(point.cpu))
      .member("memoryBytes", point.resident_bytes)
      .end_object();
}

response answer_history(const figure_history* history, const request& asked) {
  const auto minutes =
      parse_number<std::uint32_t>(query_value(asked.query, "minutes").value_or("15"));
  if (!minutes || *minutes < 1 || *minutes > 60) {
    return error_response(400, "minutes must be a whole number from 1 to 60");
  }
  json_writer out;
  out.begin_object().key("points").begin_array();
  if (history != nullptr) {
    for (const auto& point : history->read(std::chrono::minutes{*minutes})) {
      append_point(out, point);
    }
  }
  out.end_array().end_object();
  return {.body = out.take()};
}

}  // namespace

void add_history_route(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/history", access::authorized,
                  answer_with([history = sources.history](const request& asked) {
                    return answer_history(history, asked);
                  })});
}

}  // namespace gatehouse::admin
