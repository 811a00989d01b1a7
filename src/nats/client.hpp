#pragma once

#include "connection.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace gatehouse::nats {

std::unique_ptr<client> make_server_client(std::shared_ptr<connection> urgent,
                                           std::shared_ptr<connection> bulk,
                                           runtime::duration timeout,
                                           const boost::asio::any_io_executor& answers_on);

}  // namespace gatehouse::nats
