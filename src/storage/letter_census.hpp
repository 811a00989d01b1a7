#pragma once

#include "letter_files.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gatehouse::storage {

/// How many letters wait in a folder. Others change the files, too (replays): what is known of a
/// file holds for as long as its size and time are the same. Of one thread at a time.
class letter_census {
 public:
  explicit letter_census(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Looks at the files and reads the first one that is new or has changed. True: there are more.
  bool refresh();
  /// So many letters were appended to the current file, which was so large before.
  void note_appended(std::uint64_t bytes_before, std::uint64_t letters);

  [[nodiscard]] std::uint64_t letters() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  /// Of a file as `letter_files` has it.
  [[nodiscard]] std::uint64_t letters_in(const letter_file& file) const;

 private:
  struct counted {
    letter_file file;
    std::uint64_t letters = 0;
    bool is_known = false;
  };
  [[nodiscard]] const counted* find(const letter_file& file) const;

  const std::filesystem::path folder_;
  std::vector<counted> files_;
};

}  // namespace gatehouse::storage
