// The plugin beside zlib itself.
#include "bare_gzip.hpp"

int main() {
  return tidemill::testkit::compare_with_bare(TIDEMILL_PLUGIN_FILE, tidemill::bench::bare_gzip());
}
