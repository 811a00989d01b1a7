#pragma once

#include "temporary_folder.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

namespace gatehouse::test {

/// One thread of a child process stands still while this lives: a disk that does not answer, when
/// it is the thread that writes. To be destroyed by the thread that made it. Throws
/// std::runtime_error when there is no thread of that name, or it cannot be held.
class frozen_thread {
 public:
  frozen_thread(pid_t process, const std::string& name) : id_(find(process, name)) {
    if (::ptrace(PTRACE_SEIZE, id_, nullptr, nullptr) != 0 ||
        ::ptrace(PTRACE_INTERRUPT, id_, nullptr, nullptr) != 0 ||
        ::waitpid(id_, nullptr, __WALL) != id_) {
      throw std::runtime_error("cannot hold thread " + name);
    }
  }
  ~frozen_thread() { ::ptrace(PTRACE_DETACH, id_, nullptr, nullptr); }
  /// To be called while its process ends: that waits for whoever holds one of its threads.
  void let_end() const { ::waitpid(id_, nullptr, __WALL | WNOHANG); }
  frozen_thread(const frozen_thread&) = delete;
  frozen_thread& operator=(const frozen_thread&) = delete;

 private:
  static pid_t find(pid_t process, const std::string& name) {
    const auto threads = "/proc/" + std::to_string(process) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator{threads}) {
      if (read_file(thread.path() / "comm") == name + '\n') {
        return std::stoi(thread.path().filename().string());
      }
    }
    throw std::runtime_error("no thread is named " + name);
  }

  pid_t id_;
};

}  // namespace gatehouse::test
