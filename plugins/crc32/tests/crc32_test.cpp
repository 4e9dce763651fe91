#define TIDEMILL_GOLDEN_FILE TIDEMILL_GOLDEN_DIRECTORY "/crc32.tsv"
#include "tidemill/testkit/hash_conformance.hpp"
