#include "support/http_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "support/loopback.hpp"

namespace mamc::test {
namespace {

int Bound() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(0);
  if (socket_fd < 0 || bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no port on the loopback");
  }
  return socket_fd;
}

int PortOf(int socket_fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool SendAll(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

HttpRequest ParseHead(const std::string& head) {
  HttpRequest request;
  std::istringstream lines(head);
  std::string line;
  std::getline(lines, line);
  std::istringstream(line) >> request.method >> request.target;
  while (std::getline(lines, line) && line.size() > 1) {
    std::string name = line.substr(0, line.find(':'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string value = line.substr(std::min(line.size(), name.size() + 1));
    while (!value.empty() && value.front() == ' ') value.erase(0, 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
    request.headers[name] = value;
  }
  return request;
}

std::optional<HttpRequest> Receive(int connection) {
  std::string bytes;
  char buffer[16384];
  std::size_t head_end = std::string::npos;
  while ((head_end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return std::nullopt;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  HttpRequest request = ParseHead(bytes.substr(0, head_end));
  if (request.headers.contains("expect")) SendAll(connection, "HTTP/1.1 100 Continue\r\n\r\n");
  const auto length = request.headers.find("content-length");
  const std::size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
  request.body = bytes.substr(head_end + 4);
  while (request.body.size() < wanted) {
    const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return std::nullopt;
    request.body.append(buffer, static_cast<std::size_t>(got));
  }
  return request;
}

std::string Chunk(std::string_view bytes) {
  std::ostringstream chunk;
  chunk << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
  return chunk.str();
}

// 0 bytes: in one piece.
bool SendPieces(int connection, std::string_view bytes, std::size_t piece_bytes) {
  const std::size_t step = piece_bytes == 0 ? std::max<std::size_t>(1, bytes.size()) : piece_bytes;
  for (std::size_t at = 0; at < bytes.size(); at += step)
    if (!SendAll(connection, Chunk(bytes.substr(at, step)))) return false;
  return true;
}

}  // namespace

HttpServer::HttpServer(Answer answer)
    : answer_(std::move(answer)), listener_(Bound()), port_(PortOf(listener_)) {
  listen(listener_, 16);
  accepting_ = std::thread([this] { Accept(); });
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int connection : connections_) shutdown(connection, SHUT_RDWR);
  }
  StopListening();
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  for (const int connection : connections_) close(connection);
  close(listener_);
}

void HttpServer::StopListening() {
  shutdown(listener_, SHUT_RDWR);
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

// Connections are closed for good at the end only, so that the number of one is not another's while the
// server lives.
void HttpServer::Accept() {
  for (;;) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) shutdown(connection, SHUT_RDWR);
    connections_.push_back(connection);
    threads_.emplace_back([this, connection] { Serve(connection); });
  }
}

void HttpServer::Serve(int connection) {
  const std::optional<HttpRequest> request = Receive(connection);
  if (request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    Send(connection, answer_(*request));
  }
  shutdown(connection, SHUT_RDWR);
}

void HttpServer::Send(int connection, const HttpReply& reply) {
  if (reply.silent) return End(connection, reply.ending);
  std::ostringstream head;
  head << "HTTP/1.1 " << reply.status << " Reply\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n";
  for (const auto& [name, value] : reply.headers) head << name << ": " << value << "\r\n";
  head << "\r\n";
  if (!SendAll(connection, head.str())) return;
  const std::string_view body = reply.body;
  const std::size_t pause_at = std::min(reply.pause_at_bytes, body.size());
  if (!SendPieces(connection, body.substr(0, pause_at), reply.piece_bytes)) return;
  std::this_thread::sleep_for(reply.pause);
  if (!SendPieces(connection, body.substr(pause_at), reply.piece_bytes)) return;
  End(connection, reply.ending);
}

void HttpServer::End(int connection, HttpReply::Ending ending) {
  if (ending == HttpReply::Ending::kComplete) SendAll(connection, "0\r\n\r\n");
  if (ending != HttpReply::Ending::kStall) return;
  char byte = 0;
  while (recv(connection, &byte, 1, 0) > 0) continue;
  const std::lock_guard lock(mutex_);
  if (!stopping_) ++closed_by_client_;
}

int UnusedPort() {
  const int socket_fd = Bound();
  const int port = PortOf(socket_fd);
  close(socket_fd);
  return port;
}

}  // namespace mamc::test
