// The plugin beside libsnappy.
#include "bare_snappy.hpp"

int main() {
  return tidemill::testkit::compare_with_bare(TIDEMILL_PLUGIN_FILE, tidemill::bench::bare_snappy());
}
