#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gatehouse::storage {

/// `state.dir`, held by one process at a time: two daemons on the same sessions would end each
/// other's connections.
class state_folder {
 public:
  enum class state {
    open,      ///< ours until the destructor
    occupied,  ///< another process holds it
    unusable,  ///< cannot be created or written
  };

  /// Creates the folder (mode 0700) where it does not exist. Never throws for what is on the disk.
  explicit state_folder(std::filesystem::path path);
  ~state_folder();
  state_folder(const state_folder&) = delete;
  state_folder& operator=(const state_folder&) = delete;

  [[nodiscard]] state status() const noexcept { return status_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }  ///< unless open
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  state status_ = state::unusable;
  std::string reason_;
  int lock_ = -1;
};

}  // namespace gatehouse::storage
