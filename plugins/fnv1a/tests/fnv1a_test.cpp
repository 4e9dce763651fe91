#define TIDEMILL_GOLDEN_FILE TIDEMILL_GOLDEN_DIRECTORY "/fnv1a.tsv"
#include "tidemill/testkit/hash_conformance.hpp"
