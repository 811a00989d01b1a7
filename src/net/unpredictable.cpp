#include "unpredictable.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace gatehouse::net {

/// OpenSSL's generator belongs to the thread and asks the system only now and then.
void fill_unpredictably(std::span<std::byte> bytes) {
  auto* const first = reinterpret_cast<unsigned char*>(bytes.data());
  if (RAND_bytes(first, static_cast<int>(bytes.size())) == 1) return;
  ERR_clear_error();
  throw std::runtime_error("no randomness is to be had");
}

}  // namespace gatehouse::net
