#pragma once

#include <gatehouse/address/url.hpp>

/// What is dialled.
namespace gatehouse::net {

using address::parse_url;
using address::url;
using address::url_scheme;

}  // namespace gatehouse::net
