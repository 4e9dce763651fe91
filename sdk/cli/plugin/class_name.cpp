#include "plugin/class_name.hpp"

#include <dlfcn.h>

#include <set>

namespace tidemill::cli {
namespace {

const std::set<std::string, std::less<>> keywords = {"alignas",
                                                     "alignof",
                                                     "and",
                                                     "and_eq",
                                                     "asm",
                                                     "atomic",
                                                     "auto",
                                                     "bitand",
                                                     "bitor",
                                                     "bool",
                                                     "break",
                                                     "case",
                                                     "catch",
                                                     "char",
                                                     "char16_t",
                                                     "char32_t",
                                                     "char8_t",
                                                     "class",
                                                     "co_await",
                                                     "co_return",
                                                     "co_yield",
                                                     "compl",
                                                     "concept",
                                                     "const",
                                                     "const_cast",
                                                     "consteval",
                                                     "constexpr",
                                                     "constinit",
                                                     "continue",
                                                     "decltype",
                                                     "default",
                                                     "delete",
                                                     "do",
                                                     "double",
                                                     "dynamic_cast",
                                                     "else",
                                                     "enum",
                                                     "explicit",
                                                     "export",
                                                     "extern",
                                                     "false",
                                                     "final",
                                                     "float",
                                                     "for",
                                                     "friend",
                                                     "goto",
                                                     "if",
                                                     "import",
                                                     "inline",
                                                     "int",
                                                     "long",
                                                     "module",
                                                     "mutable",
                                                     "namespace",
                                                     "new",
                                                     "noexcept",
                                                     "not",
                                                     "not_eq",
                                                     "nullptr",
                                                     "operator",
                                                     "or",
                                                     "or_eq",
                                                     "override",
                                                     "private",
                                                     "protected",
                                                     "public",
                                                     "reflexpr",
                                                     "register",
                                                     "reinterpret_cast",
                                                     "requires",
                                                     "restrict",
                                                     "return",
                                                     "short",
                                                     "signed",
                                                     "sizeof",
                                                     "static",
                                                     "static_assert",
                                                     "static_cast",
                                                     "struct",
                                                     "switch",
                                                     "synchronized",
                                                     "template",
                                                     "this",
                                                     "thread_local",
                                                     "throw",
                                                     "true",
                                                     "try",
                                                     "typedef",
                                                     "typeid",
                                                     "typename",
                                                     "typeof",
                                                     "union",
                                                     "unsigned",
                                                     "using",
                                                     "virtual",
                                                     "void",
                                                     "volatile",
                                                     "wchar_t",
                                                     "while",
                                                     "xor",
                                                     "xor_eq"};

/// Namespaces that a plugin cannot do without, what compilers define by themselves, and types of
/// the C library that do not end in "_t".
const std::set<std::string, std::less<>> taken = {
    "errno", "fd_mask",  "fd_set", "linux",  "main",   "math_errhandling",
    "std",   "tidemill", "u_char", "u_int",  "u_long", "u_short",
    "uint",  "ulong",    "unix",   "ushort", "va_list"};

/// A function or variable of the C library: in C++ it hides a class of the same name.
bool is_in_c_library(const std::string& name) {
  for (const char* library : {"libc.so.6", "libm.so.6"}) {
    void* const handle = ::dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) {
      continue;
    }
    const bool is_there = ::dlsym(handle, name.c_str()) != nullptr;
    ::dlclose(handle);
    if (is_there) {
      return true;
    }
  }
  return false;
}

bool is_word_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

/// Where a comment or a text that begins at `at` ends; `at` itself when none does.
std::size_t behind_prose(std::string_view code, std::size_t at) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = code.find(end, from);
    return found == code.npos ? code.size() : found + end.size();
  };
  if (code.substr(at, 2) == "//") {
    return behind("\n", at);
  }
  if (code.substr(at, 2) == "/*") {
    return behind("*/", at + 2);
  }
  if (code[at] != '"') {
    return at;
  }
  std::size_t end = behind("\"", at + 1);
  while (end < code.size() && code[end - 2] == '\\') {
    end = behind("\"", end);
  }
  return end;
}

}  // namespace

std::optional<std::string> why_no_class_name(const std::string& name) {
  if (keywords.contains(name)) {
    return "that is a word of C++";
  }
  if (taken.contains(name) || name.ends_with("_t") || is_in_c_library(name)) {
    return "the C or C++ library, the SDK or the compiler has something of that name";
  }
  if (name.find("__") != name.npos) {
    return "C++ keeps names with two underscores in a row for itself";
  }
  return std::nullopt;
}

bool uses_word(std::string_view code, std::string_view word) {
  for (std::size_t at = 0; at < code.size();) {
    if (const std::size_t end = behind_prose(code, at); end != at) {
      at = end;
      continue;
    }
    const std::size_t begin = at;
    while (at < code.size() && is_word_letter(code[at])) {
      ++at;
    }
    if (at > begin && code.substr(begin, at - begin) == word) {
      return true;
    }
    at += at == begin ? 1 : 0;
  }
  return false;
}

}  // namespace tidemill::cli
