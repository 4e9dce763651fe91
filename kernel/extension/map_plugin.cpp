// The one file that sees Boost.DLL, by its calls that do not throw.
#define BOOST_DLL_USE_STD_FS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <boost/dll/shared_library.hpp>
#pragma GCC diagnostic pop

#include <dlfcn.h>

#include <memory>

#include "base/escape.hpp"
#include "extension/plugin_file.hpp"
#include "io/crash_note.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t reason_length_max = 1024;

/// Unmapping is what nobody survives whose thread, exit handler or unique symbol is still in there;
/// so what was mapped stays, reachable from here for whoever looks for leaks.
void keep_mapped(std::unique_ptr<boost::dll::shared_library> library) {
  struct link {
    std::unique_ptr<boost::dll::shared_library> library;
    link* next;
  };
  static link* first = nullptr;
  first = new link{std::move(library), first};
}

}  // namespace

outcome<const tidemill_plugin*> map_plugin(const std::string& path, const plugin_identity& who) {
  const char* const name = io::lasting_text(who.name).c_str();
  const char* const version = io::lasting_text(who.version).c_str();
  auto library = std::make_unique<boost::dll::shared_library>();
  std::error_code failed;
  {
    const io::crash_note note({name, version, "", "(static constructors)"});
    library->load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local,
                  failed);
  }
  if (failed) {
    const char* why = ::dlerror();
    return problem{"it cannot be loaded: " +
                   escape(why == nullptr ? failed.message() : why, reason_length_max)};
  }
  const tidemill_plugin* found = library->has(TIDEMILL_PLUGIN_SYMBOL)
                                     ? &library->get<const tidemill_plugin>(TIDEMILL_PLUGIN_SYMBOL)
                                     : nullptr;
  if (found != nullptr) {
    io::note_foreign_code(found, name, version);
    io::note_exits();
  }
  keep_mapped(std::move(library));
  if (found == nullptr) {
    return problem{"it has no symbol " TIDEMILL_PLUGIN_SYMBOL ", so it is no plugin"};
  }
  return found;
}

}  // namespace tidemill::extension
