#include "record/record_text.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

constexpr std::string_view known_words = "tpoTDkvhKV%";

char escaped(char letter) noexcept {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '0':
      return '\0';
    default:
      return letter;
  }
}

std::string size_text_of(const std::optional<std::string_view>& bytes) {
  return bytes ? std::to_string(bytes->size()) : "-1";
}

void append_headers(const record_view& record, std::string& to) {
  bool first = true;
  for (const auto& [name, value] : record.headers) {
    to += first ? "" : ",";
    to += name;
    to += '=';
    to += value.value_or(std::string_view());
    first = false;
  }
}

void append_word(char word, const record_view& record, std::string& to) {
  switch (word) {
    case 't':
      to += record.topic;
      break;
    case 'p':
      to += std::to_string(record.partition);
      break;
    case 'o':
      to += std::to_string(record.offset);
      break;
    case 'T':
      to += std::to_string(record.timestamp_ms);
      break;
    case 'D':
      to += time_text(record.timestamp_ms);
      break;
    case 'k':
      to += record.key.value_or(std::string_view());
      break;
    case 'v':
      to += record.value.value_or(std::string_view());
      break;
    case 'K':
      to += size_text_of(record.key);
      break;
    case 'V':
      to += size_text_of(record.value);
      break;
    case 'h':
      append_headers(record, to);
      break;
    default:
      to += word;
  }
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escapes = text[at] == '\\' && at + 1 < text.size();
    plain += escapes ? escaped(text[++at]) : text[at];
  }
  return plain;
}

outcome<record_format> record_format::parse(std::string_view text) {
  record_format made;
  std::string copied;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      const bool escapes = text[at] == '\\' && at + 1 < text.size();
      copied += escapes ? escaped(text[++at]) : text[at];
      continue;
    }
    const char word = at + 1 < text.size() ? text[++at] : ' ';
    if (known_words.find(word) == std::string_view::npos) {
      return problem{"--format: found %" + std::string(1, word) +
                         ", expected one of %t %p %o %T %D %k %v %h %K %V %%",
                     "see tidectl consume --help", 2};
    }
    made.pieces_.push_back({0, std::move(copied)});
    copied.clear();
    made.pieces_.push_back({word, {}});
  }
  made.pieces_.push_back({0, std::move(copied)});
  return made;
}

void record_format::append(const record_view& record, std::string& to) const {
  for (const piece& one : pieces_) {
    if (one.word == 0) {
      to += one.text;
    } else {
      append_word(one.word, record, to);
    }
  }
}

new_record record_of_line(std::string_view line, std::string_view separator) {
  new_record made;
  const std::size_t at = separator.empty() ? std::string_view::npos : line.find(separator);
  if (at != std::string_view::npos) {
    made.key = std::string(line.substr(0, at));
    line.remove_prefix(at + separator.size());
  }
  made.value = std::string(line);
  return made;
}

}  // namespace tidemill::cli
