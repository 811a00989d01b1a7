#include "dashboard/pages.hpp"

#include <gatehouse/admin/routes_dashboard.hpp>

#include <string>

namespace gatehouse::admin {

/// The page tells nothing by itself: everyone gets it, but only with the secret as a success.
void add_dashboard_route(std::vector<route>& rows) {
  rows.push_back({"GET", "/", access::open, answer_with([](const request& of) {
                    const auto page = dashboard_page();
                    return response{
                        .status = of.authorized ? 200U : 401U,
                        .body = std::string{page.html},
                        .content_type = "text/html; charset=utf-8",
                        .headers = {{"Content-Security-Policy", std::string{page.policy}},
                                    {"Referrer-Policy", "no-referrer"},
                                    {"X-Frame-Options", "DENY"},
                                    {"Cross-Origin-Resource-Policy", "same-origin"}}};
                  })});
}

}  // namespace gatehouse::admin
