"""A transit engine on loopback, speaking what HashiCorp documents of its HTTP API: encrypt, decrypt, and its refusals.

Endpoints: `POST /v1/<mount>/encrypt/<key>` and `…/decrypt/<key>`, the token in `X-Vault-Token`; 403 for a token it does
not know, 404 for what is not mounted, 400 for ciphertext it did not make, 503 while it is sealed.
"""

import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Engine:
    """What the engine knows. calls: the paths that were asked for."""

    def __init__(self) -> None:
        self.token = "s.lantern"
        self.sealed = False
        self.keys = {"intake": AESGCM.generate_key(256), "notify": AESGCM.generate_key(256)}
        self.calls: list[str] = []
        self.url = ""

    def answer(self, path: str, token: str | None, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.calls.append(path)
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        _, version, mount, verb, name = path.split("/")
        if (version, mount) != ("v1", "transit") or name not in self.keys:
            return 404, {"errors": []}
        if verb == "encrypt":
            nonce = os.urandom(12)
            box = nonce + AESGCM(self.keys[name]).encrypt(nonce, b64decode(body["plaintext"]), None)
            return 200, {"data": {"ciphertext": f"vault:v1:{b64encode(box).decode()}", "key_version": 1}}
        try:
            box = b64decode(body["ciphertext"].removeprefix("vault:v1:"))
            plain = AESGCM(self.keys[name]).decrypt(box[:12], box[12:], None)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(plain).decode()}}


@contextmanager
def running_engine() -> Iterator[Engine]:
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = engine.answer(self.path, self.headers.get("X-Vault-Token"), body)
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nobody reads along."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    engine.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    try:
        yield engine
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
