"""The wallet's door: an agent's own keys and chains in an encrypted file, without a node and without a network."""

from legation.adapters.askar.key import WalletKey
from legation.wallet.wallet import Wallet

__all__ = ["Wallet", "WalletKey"]
