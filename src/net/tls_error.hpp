#pragma once

#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

namespace gatehouse::net {

/// Why the last call on `ssl` failed, and clears OpenSSL's error queue. A certificate that did not
/// verify is named as such ("certificate has expired"), everything else by OpenSSL's own text.
boost::system::error_code take_tls_error(const SSL* ssl) noexcept;

}  // namespace gatehouse::net
