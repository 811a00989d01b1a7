"""Event handlers in Python: what arrives is kept, and answered 204."""

import http.server
import socket
import ssl
import threading
from pathlib import Path


class Handler:
    """On a thread of its own. With a certificate it speaks TLS; with `client_ca` it asks for one."""

    def __init__(self, certificate: tuple[Path, Path] | None = None,
                 client_ca: Path | None = None, versions: tuple | None = None,
                 ends_abruptly: bool = False):
        self.events: list[dict] = []
        self.peers: list[dict | None] = []
        self.failures: list[str] = []
        self._is_closed = False
        self._is_paused = False
        outer = self

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                getpeercert = getattr(self.connection, "getpeercert", None)
                if outer._is_closed:
                    self.close_connection = True
                    return
                if outer._is_paused:
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                outer.peers.append(getpeercert() if getpeercert else None)
                outer.events.append({"body": body, "headers": dict(self.headers)})
                self.send_response(204)
                self.end_headers()
                if ends_abruptly:
                    self.wfile.flush()
                    abrupt_end(self.connection)
                    self.close_connection = True

            do_OPTIONS = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client_address):
                if outer.context is not None:
                    request.settimeout(10)
                    try:
                        request = outer.context.wrap_socket(request, server_side=True)
                    except (OSError, ssl.SSLError) as failure:
                        outer.failures.append(str(failure))
                        return
                    request.settimeout(None)
                super().finish_request(request, client_address)

            def handle_error(self, *_):
                pass

        self.context: ssl.SSLContext | None = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            if client_ca:
                self.context.verify_mode = ssl.CERT_REQUIRED
                self.context.load_verify_locations(client_ca)
            if versions:
                self.context.set_ciphers("ALL:@SECLEVEL=0")
                self.context.minimum_version, self.context.maximum_version = versions
        self._server = Server(("127.0.0.1", 0), Answer)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def pause(self) -> None:
        """It takes nothing until `resume`."""
        self._is_paused = True

    def resume(self) -> None:
        self._is_paused = False

    def close(self) -> None:
        self._is_closed = True
        self._server.shutdown()
        self._server.server_close()


def abrupt_end(connection) -> None:
    """FIN without TLS's close_notify."""
    plain = socket.socket(fileno=socket.dup(connection.fileno()))
    plain.shutdown(socket.SHUT_RDWR)
    plain.close()
