#include "json_field.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace tidemill::rules {
namespace {

/// A large text's buffer is not kept for the small ones that follow.
constexpr std::size_t kept_bytes_max = std::size_t{1} << 20;

template <class Text>
void set_raw(json_field& into, json_field::type type, simdjson::simdjson_result<Text> raw) {
  std::string_view text;
  if (std::move(raw).get(text) == simdjson::SUCCESS) {
    into.is = type;
    into.text = text;
  }
}

void read_number(simdjson::ondemand::value& value, json_field& into) {
  if (value.get_int64().get(into.integer) == simdjson::SUCCESS) {
    into.is = json_field::type::integer;
  } else if (value.get_double().get(into.number) == simdjson::SUCCESS) {
    into.is = json_field::type::number;
  }
}

void read_value(simdjson::ondemand::value& value, json_field& into) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) {
    return;
  }
  switch (type) {
    case simdjson::ondemand::json_type::array: {
      simdjson::ondemand::array array;
      if (value.get_array().get(array) == simdjson::SUCCESS) {
        set_raw(into, json_field::type::array, array.raw_json());
      }
      break;
    }
    case simdjson::ondemand::json_type::object: {
      simdjson::ondemand::object object;
      if (value.get_object().get(object) == simdjson::SUCCESS) {
        set_raw(into, json_field::type::object, object.raw_json());
      }
      break;
    }
    case simdjson::ondemand::json_type::number:
      read_number(value, into);
      break;
    case simdjson::ondemand::json_type::string:
      set_raw(into, json_field::type::string, value.get_string());
      break;
    case simdjson::ondemand::json_type::boolean:
      if (value.get_bool().get(into.boolean) == simdjson::SUCCESS) {
        into.is = json_field::type::boolean;
      }
      break;
    case simdjson::ondemand::json_type::null:
      into.is = json_field::type::null;
      break;
  }
}

}  // namespace

struct json_reader::parts {
  simdjson::ondemand::parser parser;
  simdjson::dom::parser validator;
  std::unique_ptr<char[]> text;
  std::size_t capacity = 0;
  std::size_t size = 0;
  simdjson::ondemand::document document;
  bool is_open = false;
  bool is_iterated = false;

  [[nodiscard]] simdjson::padded_string_view view() const noexcept {
    return simdjson::padded_string_view(text.get(), size, capacity);
  }
};

// The first text costs the library's buffers, its choice of instructions and the pages of its code:
// more than a record has time for, so a text of no matter is read before there are records.
json_reader::json_reader() : parts_(std::make_unique<parts>()) {
  const std::string_view first = R"({"a":[0.5,"b",null]})";
  open({reinterpret_cast<const std::uint8_t*>(first.data()), first.size()});
  static_cast<void>(is_valid());
  static_cast<void>(at("/a/1"));
  open({});
}
json_reader::~json_reader() = default;

void json_reader::open(tidemill_bytes text) noexcept {
  parts& here = *parts_;
  here.is_open = here.is_iterated = false;
  try {
    const std::size_t wanted = text.size + simdjson::SIMDJSON_PADDING;
    if (wanted > here.capacity || (here.capacity > kept_bytes_max && wanted <= kept_bytes_max)) {
      here.text = std::make_unique_for_overwrite<char[]>(std::max(wanted, std::size_t{4096}));
      here.capacity = std::max(wanted, std::size_t{4096});
    }
    if (text.size > 0) {
      std::memcpy(here.text.get(), text.data, text.size);
    }
    std::memset(here.text.get() + text.size, ' ', simdjson::SIMDJSON_PADDING);
    here.size = text.size;
    here.is_open = text.size > 0;
  } catch (...) {
    here.is_open = false;
  }
}

json_field json_reader::at(std::string_view pointer) noexcept {
  parts& here = *parts_;
  json_field found;
  try {
    if (!here.is_open) {
      return found;
    }
    if (!here.is_iterated) {
      here.is_open = here.parser.iterate(here.view()).get(here.document) == simdjson::SUCCESS;
      here.is_iterated = true;
      if (!here.is_open) {
        return found;
      }
    }
    here.document.rewind();
    simdjson::ondemand::value value;
    if (pointer.empty()) {
      // On-Demand gives a scalar that is the whole text no value of its own.
      simdjson::ondemand::json_type type{};
      if (here.document.type().get(type) == simdjson::SUCCESS &&
          here.document.get_value().get(value) == simdjson::SUCCESS) {
        read_value(value, found);
      }
      return found;
    }
    if (here.document.at_pointer(pointer).get(value) == simdjson::SUCCESS) {
      read_value(value, found);
    }
  } catch (...) {
    found = {};
  }
  return found;
}

bool json_reader::is_valid() noexcept {
  parts& here = *parts_;
  try {
    constexpr bool make_copy = false;
    return here.size > 0 && here.text != nullptr && here.is_open &&
           here.validator.parse(here.text.get(), here.size, make_copy).error() == simdjson::SUCCESS;
  } catch (...) {
    return false;
  }
}

}  // namespace tidemill::rules
