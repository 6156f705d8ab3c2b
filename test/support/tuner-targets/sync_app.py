"""A WSGI application whose handler blocks for 20 ms and computes for 2 ms: on Flask where it is installed, plain elsewhere."""

import time

STEPS = 100_000  # about 2 ms in CPython 3.11 at 3 GHz


def work():
    time.sleep(0.020)
    total = 0
    for step in range(STEPS):
        total += step
    return b"done"


try:
    from flask import Flask
except ImportError:

    def app(environ, start_response):
        body = work()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

else:
    app = Flask(__name__)
    app.add_url_rule("/", "work", work)
