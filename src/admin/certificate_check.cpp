#include "tls_identity.hpp"

#include <gatehouse/admin/certificate_check.hpp>

namespace gatehouse::admin {

void check_certificate(const std::string& certificate_file, const std::string& key_file) {
  const tls_identity tried{certificate_file, key_file};
}

}  // namespace gatehouse::admin
