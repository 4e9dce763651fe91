#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/event_loop.hpp"

namespace tidemill::partition {

/// Which log directories the pool works in. The files of a log are named by path, and the next
/// topic of the same name gets the same paths: so a directory is retired, and its name free, only
/// once nothing works in it any more. Shard thread only.
class directory_use {
 public:
  explicit directory_use(io::event_loop& loop) : uses_(std::make_shared<table>(loop)) {}

  /// Ends when the last copy goes, which has to be on the shard thread.
  using claim = std::shared_ptr<const void>;
  [[nodiscard]] claim begin(const std::string& name);
  /// Calls `then` at once, or from the loop when the last claim has ended.
  void when_free(const std::string& name, io::task then);

 private:
  struct use {
    std::size_t claims = 0;
    std::vector<io::task> waiting;
  };
  struct table {
    explicit table(io::event_loop& of) : loop(of) {}
    io::event_loop& loop;
    std::unordered_map<std::string, use> by_name;
  };
  static void end(table& uses, const std::string& name);

  std::shared_ptr<table> uses_;
};

}  // namespace tidemill::partition
