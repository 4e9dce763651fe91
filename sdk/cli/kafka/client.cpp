#include "kafka/client.hpp"

namespace tidemill::cli {

/// What librdkafka calls back, with the handle's complaints as the opaque pointer.
struct client_callbacks {
  static void log(const rd_kafka_t* handle, int /*level*/, const char* /*facility*/,
                  const char* text) {
    auto* const told = static_cast<client::complaints*>(rd_kafka_opaque(handle));
    if (told != nullptr) {
      const std::lock_guard held(told->lock);
      told->last = text;
    }
  }
  static void delivered(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque) {
    const auto* const told = static_cast<client::complaints*>(opaque);
    told->delivered(handle, message, told->opaque);
  }
};

namespace {

struct configuration_destroyer {
  void operator()(rd_kafka_conf_t* configuration) const noexcept {
    rd_kafka_conf_destroy(configuration);
  }
};
using configuration = std::unique_ptr<rd_kafka_conf_t, configuration_destroyer>;

constexpr std::size_t message_size = 512;

outcome<void> set(rd_kafka_conf_t* to, const std::string& key, const std::string& value,
                  const std::string& named) {
  char why[message_size] = {};
  if (rd_kafka_conf_set(to, key.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK) {
    return boost::system::in_place_value;
  }
  return problem{named + ": " + why,
                 "the names stand in librdkafka's CONFIGURATION.md, for example "
                 "-X security.protocol=ssl",
                 2};
}

outcome<void> set_properties(rd_kafka_conf_t* to, const std::vector<std::string>& properties) {
  for (const std::string& text : properties) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return problem{"-X " + text + ": expected KEY=VALUE", "for example -X security.protocol=ssl",
                     2};
    }
    if (auto done = set(to, text.substr(0, equals), text.substr(equals + 1), "-X " + text); !done) {
      return done;
    }
  }
  return boost::system::in_place_value;
}

const char* next_step(rd_kafka_resp_err_t why) noexcept {
  switch (static_cast<int>(why)) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return "see what is there: tidectl topic list; make it: tidectl topic create NAME";
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return "see it: tidectl topic describe NAME; change it: tidectl topic alter NAME KEY=VALUE";
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return "see what is there: tidectl group list";
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
      return "its members must be stopped first; see who they are: tidectl group describe NAME";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "ask who runs the cluster for the right to do this";
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return "does a Kafka broker listen there, and is it well? --timeout SECONDS waits longer";
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
      return "see the settings of a topic: tidectl config list --topic NAME";
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return "see how many brokers there are: tidectl cluster";
    default:
      return "";
  }
}

}  // namespace

problem problem_of_code(const std::string& doing, rd_kafka_resp_err_t why,
                        const std::string& said) {
  return {doing + ": " + (said.empty() ? rd_kafka_err2str(why) : said) + " (" +
              rd_kafka_err2name(why) + ")",
          next_step(why)};
}

outcome<client> client::open(const connection& where, rd_kafka_type_t what, const settings& own) {
  client made(where, std::make_unique<complaints>());
  if (auto started = made.start(what, own); !started) {
    return started.error();
  }
  return made;
}

outcome<client> client::open_producer(const connection& where, const settings& own,
                                      delivery_callback delivered, void* opaque) {
  client made(where, std::make_unique<complaints>());
  made.told_->delivered = delivered;
  made.told_->opaque = opaque;
  if (auto started = made.start(RD_KAFKA_PRODUCER, own); !started) {
    return started.error();
  }
  return made;
}

outcome<void> client::start(rd_kafka_type_t what, const settings& own) {
  if (auto reached = reachable_endpoint(where_); !reached) {
    return reached.error();
  }
  configuration made(rd_kafka_conf_new());
  const settings common{
      {"bootstrap.servers", where_.brokers},
      {"client.id", "tidectl"},
      {"socket.nagle.disable", "true"},
      // Who asks for one answer does not want to hear of connections that are let go.
      {"log.connection.close", "false"}};
  for (const auto& [key, value] : common) {
    if (auto done = set(made.get(), key, value, key); !done) {
      return done;
    }
  }
  for (const auto& [key, value] : own) {
    if (auto done = set(made.get(), key, value, key); !done) {
      return done;
    }
  }
  if (auto done = set_properties(made.get(), where_.properties); !done) {
    return done;
  }
  rd_kafka_conf_set_opaque(made.get(), told_.get());
  rd_kafka_conf_set_log_cb(made.get(), client_callbacks::log);
  if (told_->delivered != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(made.get(), client_callbacks::delivered);
  }
  char why[message_size] = {};
  handle_.reset(rd_kafka_new(what, made.get(), why, sizeof why));
  if (handle_ == nullptr) {
    return problem{std::string("librdkafka does not start: ") + why, "look at what -X sets", 2};
  }
  static_cast<void>(made.release());  // the handle has it now
  return boost::system::in_place_value;
}

outcome<void> client::warm_up(const std::string& topic) const {
  struct topic_destroyer {
    void operator()(rd_kafka_topic_t* one) const noexcept { rd_kafka_topic_destroy(one); }
  };
  const std::unique_ptr<rd_kafka_topic_t, topic_destroyer> named(
      rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* found = nullptr;
  const auto failed = named == nullptr
                          ? rd_kafka_last_error()
                          : rd_kafka_metadata(handle_.get(), 0, named.get(), &found, timeout_ms());
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return problem_of("topic " + topic, failed);
  }
  rd_kafka_metadata_destroy(found);
  return boost::system::in_place_value;
}

problem client::problem_of(const std::string& doing, rd_kafka_resp_err_t why,
                           const std::string& said) const {
  problem made = problem_of_code(doing, why, said);
  const bool is_local = static_cast<int>(why) < 0;
  const std::lock_guard held(told_->lock);
  if (is_local && !told_->last.empty()) {
    made.what += "; " + told_->last;
  }
  return made;
}

}  // namespace tidemill::cli
