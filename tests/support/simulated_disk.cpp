#include "tests/support/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace tidemill::test {
namespace {

error_code failure(int number) {
  return {number, boost::system::system_category()};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

struct simulated_disk::inode {
  byte_buffer current;
  byte_buffer durable;
  /// Numbers of sectors that the next sync writes.
  std::set<std::uint64_t> dirty;
  bool size_dirty = false;

  void touch(std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t sector = begin / sector_size; sector * sector_size < end; ++sector) {
      dirty.insert(sector);
    }
  }
  void keep(std::uint64_t sector) {
    const std::uint64_t begin = sector * sector_size;
    const std::uint64_t end = std::min<std::uint64_t>(begin + sector_size, current.size());
    if (begin >= end) {
      return;
    }
    if (durable.size() < end) {
      durable.resize(end);
    }
    std::copy(current.begin() + static_cast<std::ptrdiff_t>(begin),
              current.begin() + static_cast<std::ptrdiff_t>(end),
              durable.begin() + static_cast<std::ptrdiff_t>(begin));
  }
};

class simulated_file final : public io::file {
 public:
  simulated_file(simulated_disk& disk, std::shared_ptr<simulated_disk::inode> of, std::string path)
      : disk_(disk), inode_(std::move(of)), path_(std::move(path)), generation_(disk.generation_) {
    ++disk_.open_files_;
  }
  ~simulated_file() override {
    const std::lock_guard lock(disk_.mutex_);
    --disk_.open_files_;
  }

  result<void> write_at(std::uint64_t position, std::span<const bytes_view> pieces) override {
    const std::lock_guard lock(disk_.mutex_);
    byte_buffer bytes;
    for (const bytes_view piece : pieces) {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    const bool was_off = disk_.off_;
    const auto broken = begin("write");
    if (broken && (was_off || disk_.generation_ != generation_)) {
      return *broken;
    }
    std::size_t written = bytes.size();
    std::optional<error_code> error = broken;
    if (!error) {
      error = disk_.planned(simulated_disk::operation::write);
    }
    if (error) {
      written = disk_.random_.below(bytes.size() + 1);
    }
    const std::uint64_t used = disk_.used();
    const std::uint64_t end = position + written;
    const std::uint64_t grown = end > inode_->current.size() ? end - inode_->current.size() : 0;
    if (used + grown > disk_.capacity_) {
      const std::uint64_t over = std::min<std::uint64_t>(used + grown - disk_.capacity_, written);
      written -= static_cast<std::size_t>(over);
      error = failure(ENOSPC);
    }
    put(position, bytes_view(bytes).first(written));
    disk_.note("w", path_, position, written);
    disk_.note_bytes(bytes_view(bytes).first(written));
    if (error) {
      return *error;
    }
    return {};
  }

  result<std::size_t> read_at(std::uint64_t position, mutable_bytes into) const override {
    const std::lock_guard lock(disk_.mutex_);
    ++disk_.reads_;
    if (disk_.off_ || disk_.generation_ != generation_) {
      return failure(EIO);
    }
    if (auto error = disk_.planned(simulated_disk::operation::read)) {
      return *error;
    }
    if (position >= inode_->current.size()) {
      return std::size_t{0};
    }
    const auto size = std::min<std::size_t>(
        into.size(), inode_->current.size() - static_cast<std::size_t>(position));
    std::copy_n(inode_->current.begin() + static_cast<std::ptrdiff_t>(position), size,
                into.begin());
    return size;
  }

  bool is_resident(std::uint64_t, std::size_t) const noexcept override { return true; }
  void read_ahead(std::uint64_t, std::size_t) const noexcept override {}

  result<void> sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto error = begin("sync")) {
      return *error;
    }
    ++disk_.syncs_;
    if (auto error = disk_.planned(simulated_disk::operation::sync)) {
      inode_->dirty.clear();  // the pages are clean now, and the data is nowhere
      return *error;
    }
    if (inode_->size_dirty) {
      inode_->durable.resize(inode_->current.size());
      inode_->size_dirty = false;
    }
    for (const std::uint64_t sector : inode_->dirty) {
      inode_->keep(sector);
    }
    inode_->dirty.clear();
    disk_.note("s", path_, inode_->current.size(), 0);
    return {};
  }

  void start_write_back(std::uint64_t, std::uint64_t) noexcept override {}

  result<void> check_write_back() override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.off_) {
      return failure(EIO);
    }
    return {};  // a failed sync has told already
  }

  result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto error = begin("truncate")) {
      return *error;
    }
    if (auto error = disk_.planned(simulated_disk::operation::truncate)) {
      return *error;
    }
    const auto last_old = inode_->current.size();
    inode_->current.resize(static_cast<std::size_t>(size));
    inode_->size_dirty = true;
    if (size > 0) {
      inode_->touch(std::min<std::uint64_t>(size - 1, last_old), size);
    }
    disk_.note("t", path_, size, 0);
    return {};
  }

  result<std::uint64_t> size() const override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.off_ || disk_.generation_ != generation_) {
      return failure(EIO);
    }
    return std::uint64_t{inode_->current.size()};
  }

  int native_handle() const noexcept override { return -1; }

 private:
  std::optional<error_code> begin(std::string_view what) {
    if (disk_.generation_ != generation_) {
      return failure(EIO);
    }
    return disk_.begin_change(what, path_);
  }
  void put(std::uint64_t position, bytes_view bytes) {
    if (bytes.empty()) {
      return;
    }
    const std::uint64_t end = position + bytes.size();
    if (inode_->current.size() < end) {
      inode_->touch(inode_->current.size(), end);
      inode_->current.resize(static_cast<std::size_t>(end));
      inode_->size_dirty = true;
    }
    std::copy(bytes.begin(), bytes.end(),
              inode_->current.begin() + static_cast<std::ptrdiff_t>(position));
    inode_->touch(position, end);
  }

  simulated_disk& disk_;
  std::shared_ptr<simulated_disk::inode> inode_;
  std::string path_;
  std::uint64_t generation_;
};

namespace {
class simulated_lock final : public io::directory_lock {
 public:
  explicit simulated_lock(std::function<void()> release) : release_(std::move(release)) {}
  ~simulated_lock() override { release_(); }

 private:
  std::function<void()> release_;
};
}  // namespace

simulated_disk::simulated_disk(std::uint64_t seed)
    : random_(seed),
      capacity_(std::numeric_limits<std::uint64_t>::max()),
      power_off_at_(std::numeric_limits<std::uint64_t>::max()) {}

simulated_disk::~simulated_disk() = default;

result<std::unique_ptr<io::file>> simulated_disk::open(const std::string& path,
                                                       io::open_mode mode) {
  const std::lock_guard lock(mutex_);
  if (off_) {
    return failure(EIO);
  }
  if (auto error = planned(operation::open)) {
    return *error;
  }
  const auto found = current_.find(path);
  const bool there = found != current_.end();
  if (there && found->second.file == nullptr) {
    return failure(EISDIR);
  }
  const bool may_create = mode == io::open_mode::create || mode == io::open_mode::create_new ||
                          mode == io::open_mode::create_truncated;
  if (!there && !may_create) {
    return failure(ENOENT);
  }
  if (there && mode == io::open_mode::create_new) {
    return failure(EEXIST);
  }
  if (there) {
    auto file = std::make_unique<simulated_file>(*this, found->second.file, path);
    if (mode == io::open_mode::create_truncated && !found->second.file->current.empty()) {
      TIDEMILL_TRY(file->truncate(0));
    }
    return std::unique_ptr<io::file>(std::move(file));
  }
  const std::string parent = parent_of(path);
  if (!parent.empty() && !current_.contains(parent)) {
    return failure(ENOENT);
  }
  if (auto error = begin_change("create", path)) {
    return *error;
  }
  const node made{std::make_shared<inode>()};
  add({pending_operation::kind::create, parent, path, {}, made});
  return std::unique_ptr<io::file>(std::make_unique<simulated_file>(*this, made.file, path));
}

bool simulated_disk::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return current_.contains(path);
}

result<void> simulated_disk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (auto error = planned(operation::rename)) {
    return *error;
  }
  if (!off_ && !current_.contains(from)) {
    return failure(ENOENT);
  }
  if (auto error = begin_change("rename", from)) {
    return *error;
  }
  add({pending_operation::kind::rename, parent_of(to), from, to, current_.at(from)});
  return {};
}

result<void> simulated_disk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = planned(operation::remove)) {
    return *error;
  }
  if (!off_ && (!current_.contains(path) || current_.at(path).file == nullptr)) {
    return failure(ENOENT);
  }
  if (auto error = begin_change("remove", path)) {
    return *error;
  }
  add({pending_operation::kind::remove, parent_of(path), path, {}, {}});
  return {};
}

result<void> simulated_disk::remove_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!off_ && (!current_.contains(path) || current_.at(path).file != nullptr)) {
    return failure(ENOENT);
  }
  const auto inside = current_.lower_bound(path + '/');
  if (inside != current_.end() && inside->first.starts_with(path + '/')) {
    return failure(ENOTEMPTY);
  }
  if (auto error = begin_change("rmdir", path)) {
    return *error;
  }
  add({pending_operation::kind::remove, parent_of(path), path, {}, {}});
  return {};
}

result<void> simulated_disk::create_directories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (std::size_t end = path.find('/', 1); true; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!current_.contains(part)) {
      if (auto error = begin_change("mkdir", part)) {
        return *error;
      }
      add({pending_operation::kind::create, parent_of(part), part, {}, {}});
    } else if (current_.at(part).file != nullptr) {
      return failure(ENOTDIR);
    }
    if (end == std::string::npos) {
      return {};
    }
  }
}

result<std::vector<io::directory_entry>> simulated_disk::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (off_) {
    return failure(EIO);
  }
  if (!current_.contains(path) || current_.at(path).file != nullptr) {
    return failure(ENOENT);
  }
  std::vector<io::directory_entry> found;
  const std::string prefix = path + '/';
  for (auto one = current_.lower_bound(prefix);
       one != current_.end() && one->first.starts_with(prefix); ++one) {
    const std::string name = one->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) {
      found.push_back({name, one->second.file == nullptr});
    }
  }
  return found;
}

result<void> simulated_disk::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = begin_change("sync_directory", path)) {
    return *error;
  }
  if (auto error = planned(operation::sync)) {
    return *error;
  }
  ++syncs_;
  std::vector<pending_operation> others;
  const std::string directory = path == "/" ? "" : path;
  for (pending_operation& one : pending_) {
    if (one.directory == directory) {
      apply(durable_, one);
    } else {
      others.push_back(std::move(one));
    }
  }
  pending_ = std::move(others);
  return {};
}

result<void> simulated_disk::sync_file_system(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = begin_change("sync_file_system", path)) {
    return *error;
  }
  const auto planned_failure = planned(operation::sync);
  ++syncs_;
  for (auto& [name, one] : current_) {
    if (one.file == nullptr) {
      continue;
    }
    inode& of = *one.file;
    if (!planned_failure) {
      of.durable.resize(of.size_dirty ? of.current.size() : of.durable.size());
      of.size_dirty = false;
      for (const std::uint64_t sector : of.dirty) {
        of.keep(sector);
      }
    }
    of.dirty.clear();  // after a failure the pages are clean too, and the data is nowhere
  }
  if (planned_failure) {
    return *planned_failure;
  }
  for (const pending_operation& one : pending_) {
    apply(durable_, one);
  }
  pending_.clear();
  return {};
}

result<io::disk_space> simulated_disk::space(const std::string&) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t in_use = used();
  return io::disk_space{capacity_ > in_use ? capacity_ - in_use : 0, capacity_};
}

result<std::unique_ptr<io::directory_lock>> simulated_disk::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (off_) {
    return failure(EIO);
  }
  if (!locks_.insert(path).second) {
    return failure(EWOULDBLOCK);
  }
  const std::uint64_t generation = generation_;
  return std::unique_ptr<io::directory_lock>(
      std::make_unique<simulated_lock>([this, path, generation] {
        const std::lock_guard inner(mutex_);
        if (generation == generation_) {
          locks_.erase(path);
        }
      }));
}

void simulated_disk::power_off_after(std::uint64_t changes) {
  const std::lock_guard lock(mutex_);
  power_off_at_ = changes_ + changes;
}

bool simulated_disk::is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

void simulated_disk::crash() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::vector<const pending_operation*>> by_directory;
  for (const pending_operation& one : pending_) {
    by_directory[one.directory].push_back(&one);
  }
  for (const auto& [directory, operations] : by_directory) {
    const auto survived = random_.below(operations.size() + 1);
    for (std::size_t index = 0; index < survived; ++index) {
      apply(durable_, *operations[index]);
    }
  }
  pending_.clear();
  // What lies in a directory that is gone is gone.
  for (auto one = durable_.begin(); one != durable_.end();) {
    const std::string parent = parent_of(one->first);
    one = !parent.empty() && !durable_.contains(parent) ? durable_.erase(one) : std::next(one);
  }
  std::set<inode*> seen;
  for (auto& [path, one] : durable_) {
    if (one.file != nullptr && seen.insert(one.file.get()).second) {
      crash_file(*one.file);
    }
  }
  current_ = durable_;
  locks_.clear();
  faults_.clear();
  ++generation_;
  off_ = false;
  power_off_at_ = std::numeric_limits<std::uint64_t>::max();
  note("crash", {}, current_.size(), 0);
}

void simulated_disk::crash_file(inode& of) {
  if (of.size_dirty) {
    const std::uint64_t low = std::min(of.current.size(), of.durable.size());
    const std::uint64_t high = std::max(of.current.size(), of.durable.size());
    const std::uint64_t pick = random_.below(4);
    const std::uint64_t size = pick == 0   ? of.durable.size()
                               : pick == 1 ? of.current.size()
                                           : low + random_.below(high - low + 1);
    of.durable.resize(static_cast<std::size_t>(size));
  }
  const std::uint64_t mood = random_.below(4);  // all lost, all kept, or each by chance
  for (const std::uint64_t sector : of.dirty) {
    const bool kept = mood == 1 || (mood > 1 && random_.one_in(2));
    if (kept && sector * sector_size < of.durable.size()) {
      const std::size_t size = of.durable.size();
      of.keep(sector);
      of.durable.resize(size);
    }
  }
  of.dirty.clear();
  of.size_dirty = false;
  of.current = of.durable;
  note_bytes(of.current);
}

void simulated_disk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void simulated_disk::fail(operation what, std::uint64_t nth, int error_number) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({what, nth, error_number});
}

void simulated_disk::forget_failures() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::optional<byte_buffer> simulated_disk::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = current_.find(path);
  if (found == current_.end() || found->second.file == nullptr) {
    return std::nullopt;
  }
  return found->second.file->current;
}

void simulated_disk::set_content(const std::string& path, bytes_view bytes) {
  const std::lock_guard lock(mutex_);
  auto& file = current_[path].file;
  if (file == nullptr) {
    file = std::make_shared<inode>();
    durable_[path].file = file;
  }
  file->current.assign(bytes.begin(), bytes.end());
  file->durable = file->current;
  file->dirty.clear();
  file->size_dirty = false;
}

void simulated_disk::flip_bit(const std::string& path, std::uint64_t position, unsigned bit) {
  const std::lock_guard lock(mutex_);
  inode& of = *current_.at(path).file;
  of.current.at(static_cast<std::size_t>(position)) ^= static_cast<std::byte>(1U << bit);
  if (position < of.durable.size()) {
    of.durable[static_cast<std::size_t>(position)] = of.current[static_cast<std::size_t>(position)];
  }
}

std::vector<std::string> simulated_disk::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [path, one] : current_) {
    found.push_back(path);
  }
  return found;
}

void simulated_disk::settle() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
  durable_ = current_;
  for (auto& [path, one] : current_) {
    if (one.file != nullptr) {
      one.file->durable = one.file->current;
      one.file->dirty.clear();
      one.file->size_dirty = false;
    }
  }
}

std::uint64_t simulated_disk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}
std::uint64_t simulated_disk::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}
std::uint64_t simulated_disk::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}
std::uint64_t simulated_disk::trace_hash() const {
  const std::lock_guard lock(mutex_);
  return trace_;
}
std::size_t simulated_disk::open_file_count() const {
  const std::lock_guard lock(mutex_);
  return open_files_;
}

/// Counts a change; the one during which power fails is half done, which the caller models.
std::optional<error_code> simulated_disk::begin_change(std::string_view what,
                                                       const std::string& path) {
  if (off_) {
    return failure(EIO);
  }
  ++changes_;
  note(what, path, changes_, 0);
  if (changes_ >= power_off_at_) {
    off_ = true;
    return failure(EIO);
  }
  return std::nullopt;
}

std::optional<error_code> simulated_disk::planned(operation what) {
  for (auto one = faults_.begin(); one != faults_.end(); ++one) {
    if (one->what == what && --one->left == 0) {
      const int number = one->error_number;
      faults_.erase(one);
      return failure(number);
    }
  }
  return std::nullopt;
}

void simulated_disk::note(std::string_view what, const std::string& path, std::uint64_t a,
                          std::uint64_t b) {
  note_bytes(as_bytes(what));
  note_bytes(as_bytes(path));
  trace_ = (trace_ ^ a) * 0x100000001b3ULL;
  trace_ = (trace_ ^ b) * 0x100000001b3ULL;
}

void simulated_disk::note_bytes(bytes_view bytes) {
  for (const std::byte one : bytes) {
    trace_ = (trace_ ^ static_cast<std::uint64_t>(one)) * 0x100000001b3ULL;
  }
}

void simulated_disk::add(pending_operation done) {
  apply(current_, done);
  pending_.push_back(std::move(done));
}

void simulated_disk::apply(tree& to, const pending_operation& one) {
  switch (one.what) {
    case pending_operation::kind::create:
      to[one.path] = one.made;
      break;
    case pending_operation::kind::remove:
      to.erase(one.path);
      break;
    case pending_operation::kind::rename:
      move_tree(to, one.path, one.to);
      to[one.to] = one.made;
      break;
  }
}

void simulated_disk::move_tree(tree& in, const std::string& from, const std::string& to) {
  in.erase(from);
  const std::string prefix = from + '/';
  std::vector<std::pair<std::string, node>> moved;
  for (auto one = in.lower_bound(prefix); one != in.end() && one->first.starts_with(prefix);) {
    moved.emplace_back(to + '/' + one->first.substr(prefix.size()), one->second);
    one = in.erase(one);
  }
  in.insert(moved.begin(), moved.end());
}

std::uint64_t simulated_disk::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, one] : current_) {
    sum += one.file != nullptr ? one.file->current.size() : 0;
  }
  return sum;
}

}  // namespace tidemill::test
