// The plugin beside liblz4's frame functions.
#include "bare_lz4.hpp"

int main() {
  return tidemill::testkit::compare_with_bare(TIDEMILL_PLUGIN_FILE, tidemill::bench::bare_lz4());
}
