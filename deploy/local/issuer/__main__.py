"""`python -m deploy.local.issuer --keys FOLDER --port N --redirect ADDRESS`."""

import argparse
from pathlib import Path

import uvicorn

from deploy.local.issuer.app import issuer_app
from deploy.local.issuer.grants import Grants
from deploy.local.keys import DevelopmentIssuer, client_secret_path
from deploy.local.nats_server import LOOPBACK
from shared.observability import configure_logging

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="deploy.local.issuer")
    parser.add_argument("--keys", type=Path, required=True, help="the folder with the issuer's key")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redirect", required=True, help="the one address of the desk that codes are sent to")
    chosen = parser.parse_args()
    configure_logging("issuer", "info")
    secret = client_secret_path(chosen.keys).read_text()
    app = issuer_app(DevelopmentIssuer.open(chosen.keys), Grants(secret, chosen.redirect))
    uvicorn.run(app, host=LOOPBACK, port=chosen.port, access_log=False, log_config=None, server_header=False)
