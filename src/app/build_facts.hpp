#pragma once

#include <string>

namespace gatehouse::app {

/// What `gatehouse --version` prints: version, commit, compiler and libraries; of libraries that
/// are loaded when it starts, those that were.
std::string build_facts();

}  // namespace gatehouse::app
