#include "letter_census.hpp"

#include <algorithm>

namespace gatehouse::storage {
namespace {

std::uint64_t count_letters(const std::filesystem::path& path) {
  letter_reader reader{path};
  std::uint64_t count = 0;
  while (reader.is_open() && reader.next()) ++count;
  return count;
}

}  // namespace

const letter_census::counted* letter_census::find(const letter_file& file) const {
  const auto found = std::find_if(files_.begin(), files_.end(), [&](const counted& each) {
    return each.is_known && each.file.inode == file.inode && each.file.bytes == file.bytes &&
           each.file.changed_ns == file.changed_ns;
  });
  return found == files_.end() ? nullptr : &*found;
}

bool letter_census::refresh() {
  std::vector<counted> now;
  for (auto& file : letter_files(folder_)) {
    const auto* const known = find(file);
    const auto letters = known != nullptr ? known->letters : 0;
    now.push_back({std::move(file), letters, known != nullptr});
  }
  files_ = std::move(now);
  const auto is_unknown = [](const counted& each) { return !each.is_known; };
  const auto first = std::find_if(files_.begin(), files_.end(), is_unknown);
  if (first == files_.end()) return false;
  first->letters = count_letters(first->file.path);
  first->is_known = true;
  return std::any_of(first, files_.end(), is_unknown);
}

void letter_census::note_appended(std::uint64_t bytes_before, std::uint64_t letters) {
  std::vector<counted> now;
  for (auto& file : letter_files(folder_)) {
    const bool has_grown = file.number == 0 && letters > 0;
    const auto known = std::find_if(files_.begin(), files_.end(), [&](const counted& each) {
      return each.is_known && each.file.inode == file.inode &&
             (has_grown ? each.file.bytes == bytes_before
                        : each.file.bytes == file.bytes && each.file.changed_ns == file.changed_ns);
    });
    const bool is_known = known != files_.end() || (has_grown && bytes_before == 0);
    const auto earlier = known != files_.end() ? known->letters : 0;
    now.push_back({std::move(file), earlier + (has_grown ? letters : 0), is_known});
  }
  files_ = std::move(now);
}

std::uint64_t letter_census::letters() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : files_) sum += each.letters;
  return sum;
}

std::uint64_t letter_census::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : files_) sum += each.file.bytes;
  return sum;
}

std::uint64_t letter_census::letters_in(const letter_file& file) const {
  const auto* const known = find(file);
  return known != nullptr ? known->letters : count_letters(file.path);
}

}  // namespace gatehouse::storage
