// Boost.Asio's own definitions, compiled once for the whole program.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#include <boost/asio/impl/src.hpp>
#pragma GCC diagnostic pop
