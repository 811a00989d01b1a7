#include "admin_client.hpp"

#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/app/remote.hpp>
#include <gatehouse/config/loader.hpp>

#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

/// Probes have timeouts of their own; a daemon that lives answers within a fraction of this.
constexpr runtime::seconds probe_timeout{5};

}  // namespace

int run_health(const health_command& asked, const console& on) {
  auto found = find_admin(asked.access, config::process_environment());
  for (const auto& problem : found.problems) on.errors << problem << '\n';
  if (!found.target) return failed;
  try {
    admin_client client{*std::move(found.target), probe_timeout};
    const auto answer = client.ask("GET", asked.is_readiness ? "/readyz" : "/healthz");
    (answer.is_success() ? on.out : on.errors) << answer.body << '\n';
    return answer.is_success() ? stopped_as_asked : failed;
  } catch (const std::exception& failure) {
    on.errors << "gatehouse: " << failure.what() << '\n';
    return failed;
  }
}

}  // namespace gatehouse::app
