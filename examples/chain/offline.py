"""The offline step, a process of its own: it has a wallet file, and ends rather than open a connection.

    python offline.py WALLET KEY_FILE CHAIN_ID TO DETAILS_JSON

It narrows the chain that the wallet holds, for TO, and prints the longer chain.
"""

from __future__ import annotations

import asyncio
import json
import sys

NETWORK = {"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def refuse_network(event: str, _: object) -> None:
    """End the process at the first use of the network (PEP 578)."""
    if event in NETWORK:
        sys.exit(f"offline.py was about to use the network: {event}")


async def narrow(wallet_file: str, key_file: str, chain_id: str, to: str, details: str) -> str:
    """Return the chain, one hop longer."""
    from legation.wallet import Wallet, WalletKey

    async with Wallet.open(wallet_file, WalletKey.raw_file(key_file), create=False) as wallet:
        chain = await wallet.attenuate(None, chain_id, to=to, details=json.loads(details))
    return chain.to_json()


if __name__ == "__main__":
    sys.addaudithook(refuse_network)
    print(asyncio.run(narrow(*sys.argv[1:])))
