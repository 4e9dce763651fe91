#include "server/start_failure.hpp"

#include "base/escape.hpp"
#include "io/disk.hpp"
#include "log/errc.hpp"

namespace tidemill::server {
namespace {

namespace sys = boost::system::errc;

constexpr std::size_t path_length_max = 1024;

std::string shown(std::string_view text) {
  return escape(text, path_length_max);
}

/// What an error of the operating system means to whoever runs the broker.
std::string because(const error_code& error) {
  if (io::is_out_of_space(error)) {
    return "the disk is full; free some space";
  }
  if (error == sys::permission_denied || error == sys::operation_not_permitted) {
    return "this user may not write there; change the owner of the directory, or set "
           "broker.data_directory to another";
  }
  if (error == sys::no_such_file_or_directory) {
    return "it does not exist and cannot be made there; set broker.data_directory to another";
  }
  if (error == sys::read_only_file_system) {
    return "the file system is read-only";
  }
  if (error == sys::not_a_directory || error == sys::file_exists) {
    return "something that is no directory stands there";
  }
  if (error == sys::too_many_files_open || error == sys::too_many_files_open_in_system) {
    return "too few files may be open; raise the limit with `ulimit -n 65536`";
  }
  return error.message();
}

}  // namespace

start_failure listening_failed(std::string_view address, std::string_view key,
                               const error_code& error) {
  const std::string head = "cannot listen on " + escape(address) + " (" + std::string(key) + "): ";
  if (error == sys::address_in_use) {
    return {head + "another process, or another listener of this broker, listens there; set " +
            std::string(key) + " to a free port, or stop it"};
  }
  if (error == sys::permission_denied) {
    return {head + "this user may not listen on that port; use one above 1023"};
  }
  if (error == sys::address_not_available) {
    return {head + "this machine has no such address"};
  }
  if (error == sys::too_many_files_open) {
    return {head + because(error)};
  }
  return {head + error.message()};
}

start_failure directory_failed(std::string_view path, const error_code& error) {
  if (error == log::errc::directory_in_use) {
    return {"the data directory " + shown(path) +
            " is in use by another tidemill; each broker needs a directory of its own"};
  }
  return {"the data directory " + shown(path) + " cannot be used: " + because(error)};
}

start_failure metadata_failed(std::string_view path, const error_code& error) {
  return {"the metadata in " + shown(path) + " cannot be used: " + because(error)};
}

start_failure metadata_damaged(std::string_view what) {
  return {"the metadata cannot be used: " + shown(what)};
}

start_failure too_few_descriptors(std::uint64_t found, std::uint64_t needed) {
  return {"only " + std::to_string(found) + " files may be open and at least " +
          std::to_string(needed) + " are needed; raise the limit with `ulimit -n 65536`"};
}

}  // namespace tidemill::server
