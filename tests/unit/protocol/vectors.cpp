#include "tests/unit/protocol/vectors.hpp"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <sstream>

namespace tidemill::protocol {
namespace {

std::string read_gzip(const char* path) {
  std::string text;
  gzFile const file = gzopen(path, "rb");
  if (file == nullptr) {
    return text;
  }
  std::array<char, 65536> chunk;
  int count = 0;
  while ((count = gzread(file, chunk.data(), chunk.size())) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  gzclose(file);
  return text;
}

byte_buffer from_hex(std::string_view text) {
  const auto digit = [](char character) {
    return character <= '9' ? character - '0' : character - 'a' + 10;
  };
  byte_buffer bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

std::string text_of(const boost::json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

/// Numbers with a fraction or exponent, in the order of the text.
std::vector<double> doubles_in(const std::string& line) {
  std::vector<double> found;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (in_string) {
      if (line[i] == '\\') {
        ++i;
      } else {
        in_string = line[i] != '"';
      }
    } else if (line[i] == '"') {
      in_string = true;
    } else if (line[i] == '-' || (line[i] >= '0' && line[i] <= '9')) {
      const std::size_t end = line.find_first_of(",]}", i);
      const std::string number = line.substr(i, end - i);
      if (number.find_first_of(".eE") != std::string::npos) {
        found.push_back(std::strtod(number.c_str(), nullptr));
      }
      i = end;
    }
  }
  return found;
}

/// Boost.JSON 1.81 reads some numbers wrong in their last bit; this puts the right ones in.
void correct_doubles(boost::json::value& root, const std::string& line) {
  const std::vector<double> exact = doubles_in(line);
  std::size_t next = 0;
  std::vector<boost::json::value*> open{&root};
  while (!open.empty() && next < exact.size()) {
    boost::json::value& value = *open.back();
    open.pop_back();
    if (value.is_double()) {
      value = exact[next++];
    } else if (value.is_array()) {
      for (auto at = value.as_array().rbegin(); at != value.as_array().rend(); ++at) {
        open.push_back(&*at);
      }
    } else if (value.is_object()) {
      for (auto at = value.as_object().end(); at != value.as_object().begin();) {
        open.push_back(&(--at)->value());
      }
    }
  }
}

vector_case parse(const std::string& line) {
  boost::json::object object = boost::json::parse(line).as_object();
  vector_case one;
  const std::string type = text_of(object.at("type"));
  one.codec = text_of(object.at("api"));
  if (type == "request" || type == "response") {
    one.codec += type == "request" ? "Request" : "Response";
  }
  one.version = api_version{object.at("version").to_number<std::int16_t>()};
  one.kind = text_of(object.at("case"));
  one.label = one.codec + " v" + std::to_string(one.version.value()) + " " + one.kind;
  one.json = object.at("json");
  correct_doubles(one.json, line);
  one.bytes = from_hex(text_of(object.at("hex")));
  return one;
}

}  // namespace

const std::vector<vector_case>& all_vectors() {
  static const std::vector<vector_case> vectors = [] {
    std::vector<vector_case> made;
    std::istringstream lines(
        read_gzip(TIDEMILL_SOURCE_DIRECTORY "/tests/data/kafka-messages/messages.jsonl.gz"));
    for (std::string line; std::getline(lines, line);) {
      made.push_back(parse(line));
    }
    return made;
  }();
  return vectors;
}

}  // namespace tidemill::protocol
