"""TLS of the service: a certificate and its key, looked at before anything listens."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leads.errors import InvalidInput

CERTIFICATE, KEY = "NEXTLEAD_TLS_CERTIFICATE", "NEXTLEAD_TLS_KEY"
"""The variables that name the files."""


@dataclass(frozen=True)
class Certificate:
    """chain: the service's own certificate and those up to its authority's, as PEM; key: its private key, as PEM."""

    chain: Path
    key: Path

    def check(self, now: datetime) -> None:
        """Raises InvalidInput, naming the file, for what cannot be read, does not belong together or is not valid."""
        from cryptography import x509  # Here, so that a service without a certificate does without.

        for name, path in ((CERTIFICATE, self.chain), (KEY, self.key)):
            if not path.is_file():
                raise InvalidInput(name, str(path), "a file that is there")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.chain, self.key)
            leaf = x509.load_pem_x509_certificate(self.chain.read_bytes())
        except (ssl.SSLError, ValueError) as error:
            raise InvalidInput(CERTIFICATE, str(self.chain), f"a certificate as PEM, with its key: {error}") from error
        if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
            until = f"{leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}"
            raise InvalidInput(CERTIFICATE, str(self.chain), f"valid now; it is from {until}")

    def trusted(self) -> ssl.SSLContext:
        """Trusts this certificate and no other, under whatever name: for the service's own look at itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(self.chain)
        return context


def certificate_of(chain: str | None, key: str | None) -> Certificate | None:
    """The certificate of these files; None where neither is named. Raises InvalidInput where one is missing."""
    if not chain and not key:
        return None
    if not chain or not key:
        raise InvalidInput(KEY if chain else CERTIFICATE, None, "named too: a certificate goes with its key")
    return Certificate(Path(chain), Path(key))
