#pragma once

#include <csignal>
#include <stdexcept>
#include <sys/resource.h>

namespace gatehouse::storage {

/// While it lives, no file of this process grows beyond `bytes`: writing fails as on a full disk.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    if (::getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("getrlimit failed");
    handler_ = std::signal(SIGXFSZ, SIG_IGN);  // or the first such write would end the process
    set({bytes, before_.rlim_max});
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  static void set(const rlimit& limit) {
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit failed");
  }

  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace gatehouse::storage
