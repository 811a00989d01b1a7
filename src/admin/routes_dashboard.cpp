#include "dashboard/pages.hpp"

#include <gatehouse/admin/routes_dashboard.hpp>

#include <string>

namespace gatehouse::admin {
namespace {

response answer_page(unsigned status, const web_page& page) {
  return {.status = status,
          .body = std::string{page.html},
          .content_type = "text/html; charset=utf-8",
          .headers = {{"Content-Security-Policy", std::string{page.policy}},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Frame-Options", "DENY"},
                      {"Cross-Origin-Resource-Policy", "same-origin"}}};
}

}  // namespace

void add_dashboard_route(std::vector<route>& rows) {
  rows.push_back({"GET", "/", access::open, answer_with([](const request& of) {
                    return of.authorized ? answer_page(200, dashboard_page())
                                         : answer_page(401, sign_in_page());
                  })});
}

}  // namespace gatehouse::admin
