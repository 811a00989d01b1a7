#pragma once

#include <gatehouse/admin/message.hpp>

#include <string_view>

namespace gatehouse::admin {

/// Whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3). Pure.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// With gzip, quickly rather than small; a short answer stays as it is. Throws std::bad_alloc.
void compress(response& reply);

}  // namespace gatehouse::admin
