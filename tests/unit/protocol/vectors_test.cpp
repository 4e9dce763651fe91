// Compares with bytes that another implementation of the protocol wrote: tests/data/kafka-messages.
#include "tests/unit/protocol/vectors.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "protocol/api_table.hpp"
#include "tests/unit/protocol/json_codec.hpp"

namespace tidemill::protocol {
namespace {

constexpr std::size_t vector_count = 3977;
constexpr int failures_shown_max = 20;

/// Runs `check` on every vector; it returns what is wrong, or nothing.
template <class Check>
void for_each_vector(Check&& check) {
  std::size_t run = 0;
  int failures = 0;
  for (const vector_case& one : all_vectors()) {
    const auto found = json_codecs().find(one.codec);
    const std::string wrong =
        found == json_codecs().end() ? "no such message" : check(one, found->second);
    ++run;
    if (!wrong.empty() && ++failures <= failures_shown_max) {
      ADD_FAILURE() << one.label << ": " << wrong;
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(run, vector_count);
  std::cout << run << " vectors run\n";
}

std::string text_of(const boost::json::value& value) {
  return boost::json::serialize(value);
}

TEST(vectors, decode_gives_the_json) {
  for_each_vector([](const vector_case& one, const json_codec& codec) -> std::string {
    const auto decoded = codec.decode(one.bytes, one.version);
    if (!decoded) {
      return decoded.error().message();
    }
    return *decoded == one.json ? "" : text_of(*decoded) + "\nexpected " + text_of(one.json);
  });
}

TEST(vectors, encode_gives_the_bytes) {
  for_each_vector([](const vector_case& one, const json_codec& codec) -> std::string {
    if (one.kind == "unknown-tags") {
      return "";  // unknown fields are skipped, so they cannot come back
    }
    const auto encoded = codec.encode(one.json, one.version);
    if (!encoded) {
      return "the JSON has members that the schema lacks";
    }
    if (!*encoded) {
      return encoded->error().message();
    }
    return (*encoded)->bytes == one.bytes ? "" : "other bytes";
  });
}

TEST(vectors, every_proper_prefix_is_refused) {
  for_each_vector([](const vector_case& one, const json_codec& codec) -> std::string {
    for (std::size_t size = 0; size < one.bytes.size(); ++size) {
      // A copy of its own, so that a sanitizer sees a read behind the end.
      const byte_buffer prefix(one.bytes.begin(),
                               one.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      if (codec.decode(prefix, one.version)) {
        return "prefix of " + std::to_string(size) + " bytes decodes";
      }
    }
    return "";
  });
}

TEST(vectors, one_byte_more_is_refused) {
  for_each_vector([](const vector_case& one, const json_codec& codec) -> std::string {
    byte_buffer longer = one.bytes;
    longer.push_back(std::byte{0});
    const auto decoded = codec.decode(longer, one.version);
    return !decoded && decoded.error() == make_error_code(errc::trailing_bytes) ? "" : "accepted";
  });
}

TEST(vectors, cover_every_stable_version) {
  std::set<std::string> names;
  std::set<std::pair<std::string, std::int16_t>> covered;
  for (const vector_case& one : all_vectors()) {
    names.insert(one.codec);
    covered.emplace(one.codec, one.version.value());
  }
  for (const api_description& api : api_table) {
    names.insert(std::string(api.name) + "Request");
    names.insert(std::string(api.name) + "Response");
  }
  // Messages of our own, such as metadata records, have no vectors and no name among these.
  for (const std::string& name : names) {
    const json_codec& codec = json_codecs().at(name);
    for (std::int16_t version = codec.version_min; version <= codec.version_max; ++version) {
      EXPECT_TRUE(covered.contains({name, version})) << name << " v" << version;
    }
  }
}

}  // namespace
}  // namespace tidemill::protocol
