#pragma once

#include "spool_changes.hpp"

#include <gatehouse/storage/spool.hpp>

#include <functional>
#include <variant>
#include <vector>

namespace gatehouse::storage {

/// What the spool is asked for, and what comes of it until it is answered.
template <class Request, class Result>
struct spool_question {
  Request wanted;
  std::function<void(Result)> done;
  Result result{};
};
using store_operation = spool_question<std::vector<new_block>, store_result>;
using load_operation = spool_question<load_request, load_result>;
using shed_operation = spool_question<shed_request, std::vector<shed_count>>;
using spool_operation =
    std::variant<store_operation, spool_changes, load_operation, shed_operation>;

}  // namespace gatehouse::storage
