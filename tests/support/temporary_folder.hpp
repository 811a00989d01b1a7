#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gatehouse::test {

/// A folder of its own for one test, removed with everything in it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes a file and returns its path.
  [[nodiscard]] std::string write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The process is in another directory for as long as this lives.
class working_directory {
 public:
  explicit working_directory(const std::filesystem::path& wanted)
      : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(wanted);
  }
  ~working_directory() { std::filesystem::current_path(before_); }
  working_directory(const working_directory&) = delete;
  working_directory& operator=(const working_directory&) = delete;

 private:
  std::filesystem::path before_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace gatehouse::test
