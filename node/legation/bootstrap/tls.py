"""The node's own end of https: its certificate and key, and versions of TLS that are safe."""

from __future__ import annotations

import ssl

from legation.adapters.private_files import check_private
from legation.errors import NotFoundError, SettingsError
from legation.settings import Settings


def build_tls(settings: Settings) -> ssl.SSLContext | None:
    """Return what serves TLS 1.2 and 1.3 under the certificate of the settings, or None where there is none.

    Raises:
        SettingsError: a file cannot be used, others may read the key, or key and certificate do not belong together.
    """
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None or key is None:
        return None
    try:
        check_private(key)
    except NotFoundError as error:
        raise SettingsError(f"there is no tls_key {key}") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # an encrypted key would ask the terminal for its passphrase
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"tls_cert {certificate} and tls_key {key} are no certificate and its unencrypted key, as PEM"
        ) from error
    return context
