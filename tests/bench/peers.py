"""The same job by others: five hops read from their wire form, signatures and narrowing checked, one request."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec


def peer_jobs() -> dict[str, Callable[[], object]]:
    """Return the jobs of the peers that are installed."""
    makers = {"tenuo": _tenuo, "agent-identity-protocol": _aip, "biscuit-python": _biscuit}
    modules = {"tenuo": "tenuo", "agent-identity-protocol": "aip_token", "biscuit-python": "biscuit_auth"}
    return {name: make() for name, make in makers.items() if find_spec(modules[name]) is not None}


def _tenuo() -> Callable[[], object]:
    import tenuo
    from tenuo_core import Authorizer, OneOf, Range, SigningKey, Warrant

    keys = [SigningKey.generate() for _ in range(6)]

    def capabilities(hop: int) -> dict[str, object]:
        return {
            "adjust_bid": {"cost": Range(0, 5000 - hop), "campaign": OneOf(["A", "B", "C"]), "percent": Range(-15, 15)}
        }

    warrant = Warrant.issue(keys[0], capabilities=capabilities(0), ttl_seconds=3600, holder=keys[1].public_key)
    stack = [warrant]
    for hop in range(1, 5):
        warrant = warrant.attenuate(capabilities(hop), keys[hop], 3600 - hop, keys[hop + 1].public_key)
        stack.append(warrant)
    wire = tenuo.encode_warrant_stack(stack)
    authorizer = Authorizer(trusted_roots=[keys[0].public_key])
    arguments = {"cost": 12, "campaign": "A", "percent": 5}

    def run() -> object:
        # no proof of possession, as in a bare chain; the request is checked by its diagnostic call, which signs nothing
        chain = tenuo.decode_warrant_stack_base64(wire)
        authorizer.verify_chain(chain)
        return chain[-1].check_constraints("adjust_bid", arguments)

    run()
    return run


def _aip() -> Callable[[], object]:
    from aip_core.crypto import KeyPair
    from aip_token.chained import ChainedToken

    pair = KeyPair.generate()
    token = ChainedToken.create_authority("aip:key:root", ["adjust_bid", "transfer_budget"], 500_000, 8, 3600, pair)
    for hop in range(1, 5):
        token = token.delegate(f"aip:key:{hop}", f"aip:key:{hop + 1}", ["adjust_bid"], 500_000 - hop, "bench")
    wire, public = token.to_base64(), pair.public_key_bytes()

    def run() -> object:
        return ChainedToken.from_base64(wire, public).authorize("adjust_bid", public)

    run()
    return run


def _biscuit() -> Callable[[], object]:
    from biscuit_auth import AuthorizerBuilder, Biscuit, BiscuitBuilder, BlockBuilder, KeyPair

    pair = KeyPair()
    token = BiscuitBuilder('right("adjust_bid"); check if cost($c), $c <= 5000').build(pair.private_key)
    for hop in range(1, 5):
        token = token.append(
            BlockBuilder(
                f'check if cost($c), $c <= {5000 - hop}; check if campaign($n), ["A", "B", "C"].contains($n);'
                "check if percent($p), $p >= -15, $p <= 15"
            )
        )
    wire = token.to_base64()

    def run() -> object:
        facts = 'cost(12); campaign("A"); percent(5); allow if right("adjust_bid")'
        return AuthorizerBuilder(facts).build(Biscuit.from_base64(wire, pair.public_key)).authorize()

    run()
    return run
