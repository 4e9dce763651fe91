#include "api/image_catalog.hpp"

#include <re2/re2.h>

#include <utility>

namespace tidemill::api {
namespace {

/// What an expression may take of memory once it is compiled; RE2 refuses what needs more.
constexpr std::int64_t expression_memory_bytes = std::int64_t{1} << 20;
/// What it takes runs in a time that is linear in the name, but with the size of the expression as
/// a factor where it has too many states to be remembered; and it runs on a shard's thread.
constexpr int expression_size_max = 500;

class image_catalog final : public groups::topic_catalog {
 public:
  explicit image_catalog(std::shared_ptr<const metadata::image> image) : image_(std::move(image)) {}

  [[nodiscard]] std::uint64_t version() const noexcept override {
    return static_cast<std::uint64_t>(image_->index().value());
  }

  [[nodiscard]] std::optional<groups::catalog_topic> find(std::string_view name) const override {
    const auto* topic = image_->find_topic(name);
    if (topic == nullptr) {
      return std::nullopt;
    }
    return groups::catalog_topic{topic->id, static_cast<std::int32_t>(topic->partitions.size())};
  }

  [[nodiscard]] std::optional<std::vector<std::string>> match(
      std::string_view expression) const override {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(expression_memory_bytes);
    const re2::RE2 pattern(re2::StringPiece(expression.data(), expression.size()), options);
    if (!pattern.ok() || pattern.ProgramSize() > expression_size_max) {
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const auto& topic : image_->topics()) {
      if (!topic.is_internal && re2::RE2::FullMatch(topic.name, pattern)) {
        names.push_back(topic.name);
      }
    }
    return names;
  }

 private:
  // Shared with the shards: the topics stay while they are assigned.
  std::shared_ptr<const metadata::image> image_;
};

}  // namespace

std::shared_ptr<const groups::topic_catalog> make_image_catalog(
    std::shared_ptr<const metadata::image> image) {
  return std::make_shared<image_catalog>(std::move(image));
}

}  // namespace tidemill::api
