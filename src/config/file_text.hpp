#pragma once

#include <cstddef>
#include <string>

namespace gatehouse::config {

/// The content of a file, or why it cannot be read. Pipes are read to their end.
struct file_text {
  std::string text;
  std::string error;  ///< empty: fine; never names the path
};
[[nodiscard]] file_text read_file(const std::string& path, std::size_t most);

}  // namespace gatehouse::config
