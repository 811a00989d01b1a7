#pragma once

#include <cstddef>
#include <span>

namespace gatehouse::net {

/// Bytes that nobody can foretell, as RFC 6455 asks of masks (section 10.3) and of the key of the
/// handshake. Any thread. Throws std::runtime_error where the system has no randomness to give.
void fill_unpredictably(std::span<std::byte> bytes);

}  // namespace gatehouse::net
