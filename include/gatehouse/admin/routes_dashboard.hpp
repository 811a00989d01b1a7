#pragma once

#include <gatehouse/admin/router.hpp>

#include <vector>

namespace gatehouse::admin {

/// `GET /`: the dashboard, one page without external loads. Open, as browsers cannot be told to
/// send an Authorization header: who is not authorized gets the same page with 401, and it asks for
/// the secret.
void add_dashboard_route(std::vector<route>& rows);

}  // namespace gatehouse::admin
