#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "plugin/class_name.hpp"
#include "plugin/commands.hpp"
#include "plugin/templates.hpp"
#include "tidemill/inspection/rules.hpp"

namespace tidemill::cli {
namespace {

constexpr std::string_view placeholder = "my_plugin";

std::string named(std::string_view text, const std::string& name) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find(placeholder, at), text.size());
    made += text.substr(at, next - at);
    if (next < text.size()) {
      made += name;
    }
    at = next + (next < text.size() ? placeholder.size() : 0);
  }
  return made;
}

/// Where a file of sdk/template/ goes: files of a language are for all its kinds, files of a kind
/// under "any" for all languages.
struct place {
  std::string_view language;
  std::string_view kind;
  /// Within the plugin's folder.
  std::string_view file;

  explicit place(std::string_view path) {
    const std::size_t first = path.find('/');
    const std::size_t second = path.find('/', first + 1);
    language = path.substr(0, first);
    if (second == path.npos) {
      file = path.substr(first + 1);
    } else {
      kind = path.substr(first + 1, second - first - 1);
      file = path.substr(second + 1);
    }
  }
  /// It is what makes a language and a kind possible.
  [[nodiscard]] bool is_source() const { return language != "any" && !kind.empty(); }
  [[nodiscard]] bool is_for(std::string_view wanted_language, std::string_view wanted_kind) const {
    return (language == "any" || language == wanted_language) &&
           (kind.empty() || kind == wanted_kind);
  }
};

/// "--lang c --kind partitioner; --lang cpp --kind ..."
std::string choices() {
  std::set<std::string> pairs;
  for (const template_file& one : template_files()) {
    if (const place at(one.path); at.is_source()) {
      pairs.insert("--lang " + std::string(at.language) + " --kind " + std::string(at.kind));
    }
  }
  std::string all;
  for (const std::string& pair : pairs) {
    all += (all.empty() ? "" : "; ") + pair;
  }
  return all;
}

bool is_offered(std::string_view language, std::string_view kind) {
  return std::ranges::any_of(template_files(), [&](const template_file& one) {
    const place at(one.path);
    return at.is_source() && at.is_for(language, kind);
  });
}

/// Where CMake finds the SDK that this program was installed with, if it was.
std::string prefix_option() {
  namespace fs = std::filesystem;
  std::error_code why;
  const fs::path prefix = fs::read_symlink("/proc/self/exe", why).parent_path().parent_path();
  for (fs::directory_iterator one(prefix / "lib", why), end; !why && one != end;
       one.increment(why)) {
    // lib/cmake, or lib/x86_64-linux-gnu/cmake.
    for (const fs::path& folder : {prefix / "lib/cmake/Tidemill", one->path() / "cmake/Tidemill"}) {
      if (fs::exists(folder / "TidemillConfig.cmake", why)) {
        return " -DCMAKE_PREFIX_PATH=" + prefix.string();
      }
    }
  }
  return " -DCMAKE_PREFIX_PATH=PREFIX_OF_THE_SDK";
}

/// Whether the template that the plugin is made from says `name` itself: a member "about" of a
/// class "about" would be its constructor.
bool is_in_template(std::string_view language, std::string_view kind, std::string_view name) {
  return std::ranges::any_of(template_files(), [&](const template_file& one) {
    const place at(one.path);
    return at.is_source() && at.is_for(language, kind) && uses_word(one.text, name);
  });
}

struct request {
  std::string kind = "partitioner";
  std::string language = "cpp";
  std::string name;
  std::string folder;
};

/// To be read after the name.
std::optional<std::string> problem_with_name(const request& wanted) {
  if (!inspection::is_name(wanted.name, "_")) {
    return ", expected [a-z][a-z0-9_]*, at most 64 bytes";
  }
  if (const auto why = why_no_class_name(wanted.name)) {
    return ", but " + *why + "; expected one that can name a class";
  }
  // In C the name is a text and stands for nothing.
  if (wanted.language != "c" && is_in_template(wanted.language, wanted.kind, wanted.name)) {
    return ", but the source that would be made uses that word itself; expected another";
  }
  return std::nullopt;
}

void make(const request& wanted, output& out) {
  namespace fs = std::filesystem;
  if (const auto wrong = problem_with_name(wanted)) {
    out.fail("the name is '" + wanted.name + "'" + *wrong, "for example: tidectl plugin new vip",
             2);
    return;
  }
  if (!is_offered(wanted.language, wanted.kind)) {
    out.fail("there is no template for --kind " + wanted.kind + " --lang " + wanted.language,
             "there are: " + choices(), 2);
    return;
  }
  const fs::path folder = wanted.folder.empty() ? fs::path(wanted.name) : fs::path(wanted.folder);
  std::error_code why;
  if (fs::exists(folder, why) && !fs::is_empty(folder, why)) {
    out.fail(folder.string() + " exists and is not empty", "choose another name, or --folder");
    return;
  }
  boost::json::array written;
  std::string text;
  for (const template_file& file : template_files()) {
    const place at(file.path);
    if (!at.is_for(wanted.language, wanted.kind)) {
      continue;
    }
    const fs::path path = folder / named(at.file, wanted.name);
    fs::create_directories(path.parent_path(), why);
    std::ofstream into(path);
    into << named(file.text, wanted.name);
    if (!into.flush()) {
      out.fail(path.string() + " cannot be written", "is the folder yours to write?");
      return;
    }
    written.emplace_back(path.string());
    text += "  " + path.string() + "\n";
  }
  const std::string next = "cmake -S " + folder.string() + " -B " + folder.string() + "/build" +
                           prefix_option() + " && cmake --build " + folder.string() +
                           "/build && tidectl plugin validate " + folder.string() + "/build/" +
                           wanted.name + ".so";
  out.answer(boost::json::object{{"files", written}, {"next", next}},
             "made\n" + text + "now\n  " + next + "\n");
}

}  // namespace

void add_new(CLI::App& plugin, output& out) {
  auto* command = plugin.add_subcommand("new", "Make the folder of a new plugin");
  auto wanted = std::make_shared<request>();
  command->add_option("name", wanted->name, "Name of the plugin, [a-z][a-z0-9_]*")->required();
  command
      ->add_option("--kind", wanted->kind,
                   "partitioner, transform, retention, codec, authenticator or authorizer")
      ->capture_default_str();
  command->add_option("--lang", wanted->language, "cpp or c")->capture_default_str();
  command->add_option("--folder", wanted->folder, "Where to make it; ./NAME by default");
  command->footer("Example:\n  tidectl plugin new --kind partitioner --lang cpp vip");
  command->callback([wanted, &out] { make(*wanted, out); });
}

}  // namespace tidemill::cli
