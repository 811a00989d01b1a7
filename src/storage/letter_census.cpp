#include "letter_census.hpp"

#include <algorithm>

namespace gatehouse::storage {
namespace {

std::uint64_t count_letters(const std::filesystem::path& path, std::uint64_t from) {
  letter_reader reader{path, from};
  std::uint64_t count = 0;
  while (reader.is_open() && reader.next()) ++count;
  return count;
}

}  // namespace

/// The file, with what still holds of what was known.
letter_census::counted letter_census::know(const letter_file& file) const {
  const auto known = std::find_if(files_.begin(), files_.end(), [&](const counted& each) {
    const bool is_same = each.file.bytes == file.bytes && each.file.changed_ns == file.changed_ns;
    const bool has_grown = each.file.number == 0 && !file.is_taken && each.file.bytes < file.bytes;
    return each.file.inode == file.inode && (is_same || has_grown);
  });
  if (known == files_.end()) return {file, 0, 0};
  return {file, known->letters, known->read};
}

bool letter_census::refresh() {
  std::vector<counted> now;
  for (const auto& file : letter_files(folder_)) now.push_back(know(file));
  files_ = std::move(now);
  const auto is_behind = [](const counted& each) { return each.read < each.file.bytes; };
  const auto first = std::find_if(files_.begin(), files_.end(), is_behind);
  if (first == files_.end()) return false;
  first->letters += count_letters(first->file.path, first->read);
  first->read = first->file.bytes;
  return std::any_of(first, files_.end(), is_behind);
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
  const auto known = know(file);
  return known.letters + count_letters(file.path, known.read);
}

}  // namespace gatehouse::storage
