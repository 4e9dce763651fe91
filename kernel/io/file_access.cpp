#include "io/file_access.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tidemill::io {
namespace {

file_access judge(const struct ::stat& found) {
  file_access access;
  access.is_directory = S_ISDIR(found.st_mode);
  access.is_regular_file = S_ISREG(found.st_mode);
  access.is_owned_by_self_or_root = found.st_uid == 0 || found.st_uid == ::geteuid();
  access.is_writable_by_others = (found.st_mode & S_IWOTH) != 0 ||
                                 ((found.st_mode & S_IWGRP) != 0 && found.st_gid != ::getegid());
  return access;
}

error_code last_error() {
  return {errno, boost::system::system_category()};
}

}  // namespace

result<file_access> access_of(int descriptor) {
  struct ::stat found{};
  if (::fstat(descriptor, &found) != 0) {
    return last_error();
  }
  return judge(found);
}

result<file_access> access_of(const std::string& path) {
  struct ::stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return last_error();
  }
  return judge(found);
}

}  // namespace tidemill::io
