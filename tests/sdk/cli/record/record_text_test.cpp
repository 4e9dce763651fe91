#include "record/record_text.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli {
namespace {

record_view sample() {
  record_view made;
  made.topic = "orders";
  made.partition = 3;
  made.offset = 42;
  made.timestamp_ms = 1'764'331'200'000;
  made.key = "k";
  made.headers = {{"a", "1"}, {"b", std::nullopt}};
  return made;
}

std::string printed(const char* format) {
  const auto read = record_format::parse(format);
  std::string text;
  if (read) {
    read->append(sample(), text);
  }
  return text;
}

TEST(record_format, words_stand_for_parts_of_the_record) {
  EXPECT_EQ(printed("%t-%p@%o"), "orders-3@42");
  EXPECT_EQ(printed("%k=%v %K %V"), "k= 1 -1");
  EXPECT_EQ(printed("%T %D"), "1764331200000 2025-11-28 12:00:00.000Z");
  EXPECT_EQ(printed("%h\\t%%\\n"), "a=1,b=\t%\n");
  EXPECT_FALSE(record_format::parse("%x"));
  EXPECT_FALSE(record_format::parse("100%"));
}

TEST(record_json, comes_back_as_it_went) {
  record_view view = sample();
  view.value = std::string_view("\xFF\x00", 2);
  const auto back = record_of_json(boost::json::serialize(json_of(view)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->key, "k");
  EXPECT_EQ(back->value, std::string("\xFF\x00", 2));
  EXPECT_EQ(back->partition, 3);
  EXPECT_EQ(back->timestamp_ms, view.timestamp_ms);
  ASSERT_EQ(back->headers.size(), 2U);
  EXPECT_EQ(back->headers[1].second, std::nullopt);
}

TEST(record_json, values_may_be_json_themselves_and_headers_an_object) {
  const auto read = record_of_json(R"({"value": {"id": 7}, "headers": {"a": "1"}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->value, R"({"id":7})");
  EXPECT_EQ(read->key, std::nullopt);
  EXPECT_EQ(read->headers.front().second, "1");
}

TEST(record_json, what_does_not_fit_is_named) {
  for (const char* text :
       {"{", "[]", "7", R"({"valeu": 1})", R"({"partition": "x"})", R"({"partition": 3000000000})",
        R"({"timestamp": -2})", R"({"headers": [["a"]]})", R"({"value": {"base64": "?"}})"}) {
    EXPECT_FALSE(record_of_json(text)) << text;
  }
}

TEST(record_line, separator_divides_key_and_value_once) {
  EXPECT_EQ(record_of_line("a:b:c", ":").key, "a");
  EXPECT_EQ(record_of_line("a:b:c", ":").value, "b:c");
  EXPECT_EQ(record_of_line("abc", ":").key, std::nullopt);
  EXPECT_EQ(record_of_line("a:b", "").value, "a:b");
  EXPECT_EQ(unescaped("a\\tb\\\\"), "a\tb\\");
}

TEST(utf8, only_well_formed_text_counts) {
  for (const char* text : {"", "abc", "ö", "€", "\xF0\x9F\x8C\x99"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text :
       {"\x80", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(base64, goes_both_ways) {
  for (const char* text : {"", "f", "fo", "foo", "foobar"}) {
    EXPECT_EQ(bytes_of_base64(base64_of(text)), text);
  }
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(bytes_of_base64("Zm9"), std::nullopt);
  EXPECT_EQ(bytes_of_base64("Zm9?"), std::nullopt);
}

}  // namespace
}  // namespace tidemill::cli
