// The code of Boost.JSON, for this program.
#include <boost/json/src.hpp>
