"""A site's own server that hands short-lived tokens of Wenju to the pages of that site. Standard library only.

    WENJU_URL=https://qa.example.gov.cn WENJU_SECRET=sk_... SITE_ORIGIN=https://www.example.gov.cn \
        python token_server.py 8081

Put it behind the site, so that a page of the site fetches `/wenju-token` from its own origin. Only whom you serve that
address to can ask: keep it behind your login or your own limits. The secret key never leaves this process.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class TokenHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # A page of another site shows itself by this header; browsers let no page change it.
        if self.path != "/wenju-token" or self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self.send_error(404)
            return
        asked = urllib.request.Request(
            f"{os.environ['WENJU_URL']}/api/v1/token",
            data=json.dumps({"origin": os.environ["SITE_ORIGIN"]}).encode(),
            headers={"Authorization": f"Bearer {os.environ['WENJU_SECRET']}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                body = answer.read()  # {"token": "...", "expires_in": 900}
        except (urllib.error.URLError, TimeoutError):
            self.send_error(502)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), TokenHandler).serve_forever()
