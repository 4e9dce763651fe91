#include "admin/admin_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace tidemill::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// One request and its answer, as a chain of completions under one deadline.
class exchange {
 public:
  exchange(const std::string& host, const std::string& method, const std::string& path,
           const std::string& body)
      : request_(http::string_to_verb(method), path, 11), stream_(context_) {
    request_.set(http::field::host, host);
    request_.body() = body;
    request_.prepare_payload();
  }

  sdk::result<admin_answer> run(const std::string& host, const std::string& port,
                                std::chrono::seconds longest) {
    boost::system::error_code why;
    asio::ip::tcp::resolver resolver(context_);
    const auto endpoints = resolver.resolve(host, port, why);
    if (why) {
      return sdk::failure{TIDEMILL_UNAVAILABLE, why.message()};
    }
    stream_.expires_after(longest);
    stream_.async_connect(endpoints, [this](auto failed, const auto&) {
      if (!went_wrong(failed)) {
        write();
      }
    });
    context_.run();
    if (failure_) {
      return sdk::failure{TIDEMILL_UNAVAILABLE, failure_.message()};
    }
    return admin_answer{response_.result_int(), response_.body()};
  }

 private:
  bool went_wrong(boost::system::error_code why) {
    failure_ = why;
    return failure_.failed();
  }
  void write() {
    http::async_write(stream_, request_, [this](auto failed, std::size_t) {
      if (!went_wrong(failed)) {
        http::async_read(stream_, buffer_, response_,
                         [this](auto broken, std::size_t) { went_wrong(broken); });
      }
    });
  }

  asio::io_context context_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  beast::tcp_stream stream_;
  boost::system::error_code failure_;
};

}  // namespace

sdk::result<admin_answer> ask_admin(const std::string& address, const std::string& method,
                                    const std::string& path, std::chrono::seconds longest,
                                    const std::string& body) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return sdk::failure{TIDEMILL_INVALID, "expected host:port"};
  }
  const std::string host = address.substr(0, colon);
  return exchange(host, method, path, body).run(host, address.substr(colon + 1), longest);
}

}  // namespace tidemill::cli
