"""Other people's clients, unchanged, in places of their own: installed once, into the folder that ``OTHER_CLIENTS`` names.

Without that variable each run of the tests installs into a temporary folder. A client that can't be installed skips its
tests with the reason. ``certificate`` and ``NAMES`` let a client that knows only ``https://<subdomain>.zendesk.com``
find a server on this machine.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TAP: Final = "tap-zendesk==2.8.2"
NODE_CLIENT: Final = "node-zendesk@6.0.1"

NAMES: Final = '''
"""Started with the interpreter: what an entry in the hosts file does, with a port beside it."""
import os, socket
_ask, _host, _port = socket.getaddrinfo, os.environ["STANDS_FOR"], int(os.environ["STANDS_AT"])
def _answer(host, port, *rest, **more):
    if host in (_host, _host.encode()):
        host, port = "127.0.0.1", _port
    return _ask(host, port, *rest, **more)
socket.getaddrinfo = _answer
'''


def folder(fallback: Path) -> Path:
    told = os.environ.get("OTHER_CLIENTS")
    return Path(told) if told else fallback


def singer_tap(fallback: Path) -> Path:
    """Return the tap's command, or skip the test."""
    home = folder(fallback) / "tap"
    command = home / "bin" / "tap-zendesk"
    if not command.exists():
        _install([sys.executable, "-m", "venv", "--clear", str(home)])
        _install([str(home / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", TAP])
    return command


def node_modules(fallback: Path) -> Path:
    """Return the folder that node finds the client in, or skip the test."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are needed to run node-zendesk: install both")
    home = folder(fallback) / "node"
    if not (home / "node_modules" / "node-zendesk").exists():
        home.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        _install([npm, "install", "--prefix", str(home), *quiet, NODE_CLIENT])
    return home / "node_modules"


def certificate(home: Path, host: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for a host name; returns the file that clients trust and the context of the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    began = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = home / "trusted.pem", home / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return trusted, context


def _install(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"could not be installed here: {command[0]} {error}")
    if done.returncode != 0:
        pytest.skip(f"could not be installed here: {' '.join(command)}: {done.stderr[-300:]}")
