"""The canonical form of proof configurations: the template against the whole way through JSON-LD."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legation.errors import LegationError, UnknownTermError
from legation.standards.data_integrity import configurations
from legation.standards.data_integrity.configurations import canonicalize_config
from legation.standards.jsonld.canonical import canonicalize
from tests.support.data_integrity import CONTEXTS, caller

V2 = "https://www.w3.org/ns/credentials/v2"
ED25519 = "https://w3id.org/security/suites/ed25519-2020/v1"
METHOD = caller().method
USUAL = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-23T08:30:00Z",
    "verificationMethod": METHOD,
    "proofPurpose": "assertionMethod",
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['a"b', "a\\b", "\n", "caf\u00e9", "~ x!#[]"]
)
METHODS = st.sampled_from(
    [
        METHOD,
        "did:web:a.example:b%3A1#key",
        "did:web://x#y",
        "did:x:a/b?c#d",
        "did:web:a.example#k/../e",
        "did:w:\u00e9#a",
    ]
) | st.from_regex(r"did:[a-z]{1,5}:[A-Za-z0-9._:%-]{1,12}#[A-Za-z0-9._:%-]{1,8}", fullmatch=True)
CONFIGS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["DataIntegrityProof", "DataIntegrityProof", "Ed25519Signature2020", "Nothing"]),
        "verificationMethod": METHODS,
        "proofPurpose": st.sampled_from(["assertionMethod", "authentication", "keyAgreement", "unheard", "urn:x:y"]),
    },
    optional={
        "cryptosuite": st.sampled_from(["eddsa-rdfc-2022", "ecdsa-rdfc-2019", "caf\u00e9"]),
        "created": st.sampled_from(["2026-11-23T08:30:00Z", "2026-11-23T08:30:00.125+01:00", "x", "2026-1-1Z"]),
        "expires": st.sampled_from(["2027-11-23T08:30:00Z", "never"]),
        "challenge": TEXTS,
        "domain": TEXTS | st.lists(TEXTS, max_size=2),
        "nonce": TEXTS,
        "id": st.sampled_from(["urn:uuid:1", "relative"]),
        "previousProof": st.sampled_from(["urn:uuid:2", ["urn:uuid:2", "urn:uuid:3"]]),
        "extra": st.just("x"),
    },
)
DOCUMENTS = st.sampled_from(
    [
        [V2],
        V2,
        [V2, ED25519],
        [V2, {"@language": "de"}],
        [V2, {"@vocab": "https://x.example/"}],
        [V2, {"@base": "https://x.example/"}],
        [V2, {"did": "https://x.example/"}],
        [V2, {"extra": "https://x.example/extra"}],
        [V2, {"challenge": "https://x.example/challenge"}],
        [ED25519],
        {"type": "@type", "Nothing": "urn:x:n", "verificationMethod": {"@id": "urn:x:m", "@type": "@id"}},
        {"type": "@type", "Nothing": "urn:x:n", "verificationMethod": "urn:x:m", "proofPurpose": "urn:x:p"},
        None,
    ]
)


def outcome(write: Any) -> Any:
    """Return what came out: the bytes, or the class and code of the refusal."""
    try:
        return write()
    except LegationError as error:
        return type(error), error.code


@settings(max_examples=300, deadline=None)
@given(config=CONFIGS, context=DOCUMENTS, algorithm=st.sampled_from(["sha256", "sha384"]))
def test_configuration_is_written_as_json_ld_would_have_it(config: Any, context: Any, algorithm: Any) -> None:
    ours = outcome(lambda: canonicalize_config(config, context, CONTEXTS, algorithm=algorithm))
    whole = outcome(lambda: canonicalize({**config, "@context": context}, CONTEXTS, algorithm=algorithm))
    assert ours == whole


@pytest.mark.parametrize("name", ["challenge", "domain", "nonce", "created", "expires", "verificationMethod"])
def test_value_that_is_written_otherwise_than_it_stands_takes_the_whole_way(name: str) -> None:
    canonicalize_config({**USUAL, name: USUAL.get(name, "plain")}, [V2], CONTEXTS, algorithm="sha256")
    for text in (
        'a"b',
        "a\\b",
        "\n",
        "\x7f",
        "\x00",
        "caf\u00e9",
        "\U0001f600",
        " ",
        "",
        "~",
        "<a>",
        "did:a:b#c d",
        "did:a:b#c>",
    ):
        config = {**USUAL, name: text}
        whole = outcome(lambda made=config: canonicalize({**made, "@context": [V2]}, CONTEXTS))
        ours = outcome(lambda made=config: canonicalize_config(made, [V2], CONTEXTS, algorithm="sha256"))
        assert ours == whole


def test_second_configuration_of_a_kind_needs_no_json_ld(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**USUAL, "created": "2026-11-23T08:31:00Z", "verificationMethod": caller(name="bob").method}
    exact = canonicalize({**other, "@context": [V2]}, CONTEXTS)
    canonicalize_config(USUAL, [V2], CONTEXTS, algorithm="sha256")
    monkeypatch.setattr(configurations, "canonicalize", None)
    assert canonicalize_config(other, [V2], CONTEXTS, algorithm="sha256") == exact


def test_context_of_the_proof_itself_says_nothing() -> None:
    with_own = {**USUAL, "@context": {"created": "https://x.example/"}}
    plain = canonicalize_config(USUAL, [V2], CONTEXTS, algorithm="sha256")
    assert canonicalize_config(with_own, [V2], CONTEXTS, algorithm="sha256") == plain


def test_other_contexts_under_the_same_url_give_another_template() -> None:
    other = CONTEXTS.extended({V2: CONTEXTS[V2].raw.replace(b"security#cryptosuiteString", b"security#other")})
    assert canonicalize_config(USUAL, [V2], other, algorithm="sha256") != canonicalize_config(
        USUAL, [V2], CONTEXTS, algorithm="sha256"
    )


def test_unknown_context_is_refused_also_when_the_same_was_met_before() -> None:
    for _ in range(2):
        with pytest.raises(UnknownTermError) as refused:
            canonicalize_config(USUAL, ["https://x.example/v1"], CONTEXTS, algorithm="sha256")
        assert refused.value.code == "context_unknown"


def test_templates_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configurations, "_TEMPLATES", {})
    monkeypatch.setattr(configurations, "_ENTRIES", 3)
    for number in range(7):
        context = [V2, {f"a{number}": "https://x.example/"}]
        canonicalize_config(USUAL, context, CONTEXTS, algorithm="sha256")
        assert len(configurations._TEMPLATES) <= 3
    before = dict(configurations._TEMPLATES)
    long = [V2, {f"a{number}": "https://x.example/" + "x" * 500 for number in range(5)}]
    assert canonicalize_config(USUAL, long, CONTEXTS, algorithm="sha256")
    assert before == configurations._TEMPLATES
