#pragma once

#include "letter_files.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gatehouse::storage {

/// How many letters wait in a folder. Others change the files, too (replays): what is known of a
/// file holds for as long as its size and time are the same; of the current one, to which is only
/// ever added, what is new is counted. Of one thread at a time.
class letter_census {
 public:
  explicit letter_census(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Looks at the files and reads the first one that is new or has changed. True: there are more.
  bool refresh();

  [[nodiscard]] std::uint64_t letters() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  /// Of a file as `letter_files` has it.
  [[nodiscard]] std::uint64_t letters_in(const letter_file& file) const;

 private:
  struct counted {
    letter_file file;
    std::uint64_t letters = 0;  ///< in its first `read` bytes
    std::uint64_t read = 0;
  };
  [[nodiscard]] counted know(const letter_file& file) const;

  const std::filesystem::path folder_;
  std::vector<counted> files_;
};

}  // namespace gatehouse::storage
