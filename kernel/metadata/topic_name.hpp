#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill::metadata {

/// Longest topic name, in bytes, as in Kafka: leaves room for "-<partition>" in a file name.
inline constexpr std::size_t topic_name_size_max = 249;

/// Kafka's rule: 1 to 249 of [a-zA-Z0-9._-], neither "." nor "..". nullopt when the name is fine,
/// else a sentence that says what is wrong with it. Names outside the rule never reach a path
/// (S15).
[[nodiscard]] std::optional<std::string> topic_name_problem(std::string_view name);
[[nodiscard]] bool is_valid_topic_name(std::string_view name) noexcept;

/// Names that are equal once '.' is read as '_' collide: metric names can't tell them apart, so
/// Kafka refuses the second one. True when the name has such a character at all.
[[nodiscard]] bool may_collide(std::string_view name) noexcept;

/// Topics that the brokers keep for themselves: marked internal in metadata answers.
[[nodiscard]] bool is_internal_topic_name(std::string_view name) noexcept;
/// Names that nobody may create: the metadata log's own directory stands under it.
[[nodiscard]] bool is_reserved_topic_name(std::string_view name) noexcept;

}  // namespace tidemill::metadata
