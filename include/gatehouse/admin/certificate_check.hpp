#pragma once

#include <string>

namespace gatehouse::admin {

/// Reads what the admin server would show. Throws std::runtime_error, as that does, whose text
/// begins with the configuration's key that is at fault.
void check_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace gatehouse::admin
