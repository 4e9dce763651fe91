// The plugin beside libzstd's calls for whole batches.
#include "bare_zstd.hpp"

int main() {
  return tidemill::testkit::compare_with_bare(TIDEMILL_PLUGIN_FILE, tidemill::bench::bare_zstd());
}
