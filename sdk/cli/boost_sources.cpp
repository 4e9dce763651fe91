// The code of Boost.JSON and Boost.Asio, compiled once.
#include <boost/json/src.hpp>
#ifdef BOOST_ASIO_SEPARATE_COMPILATION
#include <boost/asio/impl/src.hpp>
#endif
