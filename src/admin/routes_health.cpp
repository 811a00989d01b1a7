#include <gatehouse/admin/routes_health.hpp>
#include <gatehouse/telemetry/text.hpp>

namespace gatehouse::admin {
namespace {

response answer_health(const request&) {
  return {.body = R"({"status":"ok"})"};
}

response answer_readiness(const cluster::readiness& state) {
  if (state.ready) return {.body = R"({"ready":true})"};
  response out{.status = 503, .body = R"({"ready":false,"missing":[)"};
  for (const auto& missing : state.missing) {
    if (&missing != &state.missing.front()) out.body += ',';
    telemetry::append_json_string(out.body, missing);
  }
  out.body += "]}";
  return out;
}

}  // namespace

void add_health_routes(std::vector<route>& rows, const cluster::status_board& board) {
  rows.push_back({"GET", "/healthz", access::open, answer_with(answer_health)});
  rows.push_back({"GET", "/readyz", access::open, answer_with([&board](const request&) {
                    return answer_readiness(board.check());
                  })});
}

}  // namespace gatehouse::admin
