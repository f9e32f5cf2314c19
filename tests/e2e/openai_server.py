#!/usr/bin/env python3
"""openai_server.py CASSETTE [STALL [PORT]]: an OpenAI-compatible server that plays a cassette in pieces of at most 20 bytes.

Listens on a free loopback port, or on PORT, and prints it. The request number STALL is answered by half, after which it prints `stalled`
and says nothing more; 0 is none. A question that is not in the cassette is answered with 404 and told on stderr.
"""
import http.server
import json
import sys
import threading
import time

PIECE = 20


def canonical(messages):
    return json.dumps(messages, sort_keys=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply(200, {"object": "list", "data": [{"id": "played", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.server.answers.get(canonical(body["messages"]))
        if text is None:
            print("no answer for", canonical(body["messages"])[-400:], file=sys.stderr, flush=True)
            return self.reply(404, {"error": {"message": "no such question in the cassette"}})
        with self.server.lock:
            self.server.asked += 1
            stall = self.server.asked == self.server.stall
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        events = self.events(body["model"] if "model" in body else "played", text)
        self.in_pieces(events[:len(events) // 2] if stall else events)
        if stall:
            print("stalled", flush=True)
            time.sleep(600)
        self.close_connection = True

    def events(self, model, text):
        parts = [{"delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
        parts += [{"delta": {"content": text[at:at + 40]}, "finish_reason": None} for at in range(0, len(text), 40)]
        parts += [{"delta": {}, "finish_reason": "stop"}]
        chunks = [{"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [{"index": 0, **part}]} for part in parts]
        lines = [f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        return "".join(lines).encode()

    def in_pieces(self, data):
        for at in range(0, len(data), PIECE):
            self.wfile.write(data[at:at + PIECE])
            self.wfile.flush()

    def reply(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main():
    port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    with open(sys.argv[1], encoding="utf-8") as cassette:
        takes = [json.loads(line) for line in cassette]
    server.answers = {canonical(take["messages"]): take["answer"]["text"] for take in takes}
    server.stall = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server.asked, server.lock = 0, threading.Lock()
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
