#!/usr/bin/env python3
"""git_http_server.py --root DIR --port N --requests FILE [--token T] [--redirect ORIGIN] [--tls FILE]: git's http-backend, with a
password for writing and reading when there is a token, or nothing but redirects to another server; over https with key and certificate in a
file."""
import argparse
import base64
import http.server
import os
import ssl
import subprocess
import sys

options = argparse.ArgumentParser()
for name in ("--root", "--port", "--requests", "--token", "--redirect", "--tls"):
    options.add_argument(name)
options = options.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def credentials(self):
        given = self.headers.get("Authorization", "")
        return base64.b64decode(given[6:]).decode() if given.startswith("Basic ") else "-"

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def serve(self):
        body = self.body()
        with open(options.requests, "a") as requests:
            requests.write(f"{self.path} {self.credentials()}\n")
        if options.redirect:
            return self.answer(302, {"Location": options.redirect + self.path}, b"")
        if options.token and self.credentials().partition(":")[2] != options.token:
            words = b"this token opens nothing here\n" if self.credentials() != "-" else b"say who you are\n"
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="git"', "Content-Type": "text/plain"}, words)
        path, _, query = self.path.partition("?")
        env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": options.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
               "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_USER": "somebody", "CONTENT_TYPE": self.headers.get("Content-Type", ""),
               "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
               "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(headers.pop("Status", "200").split()[0])
        sys.stderr.write(done.stderr.decode(errors="replace"))
        self.answer(status, headers, answer)

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(options.port)), Handler)
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
