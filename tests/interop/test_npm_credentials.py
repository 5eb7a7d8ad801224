"""Embedded proofs of every suite: what Legation secures holds in @digitalbazaar/vc, and the other way round."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import legation
from tests.interop.documents import (
    CHANGES,
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V2,
    DIGITAL_BAZAAR,
    KEY_NAMES,
    SUITES,
    Document,
    changed,
    credential,
    fault_here,
    fault_there,
    our_did,
    our_key,
    presentation,
    presentation_fault_here,
    presentation_fault_there,
    suite_packages,
)
from tests.interop.foreign import AT, AT_TEXT, CHALLENGE, DOMAIN, Foreign
from tests.interop.table import Way, shows_fault, tries
from tests.support.contexts import suite_contexts

ISSUER = "issuer"
HOUR = timedelta(hours=1)
ED25519_2020 = "Ed25519Signature2020"
ED25519_PACKAGES = (DIGITAL_BAZAAR, "@digitalbazaar/ed25519-signature-2020")


def suites(way: Way, what: str = "") -> list[Any]:
    return [
        pytest.param(
            suite,
            kind,
            id=f"{suite}-{kind}",
            marks=tries(f"{suite}, {KEY_NAMES[kind]}{what}", way, *suite_packages(suite)),
        )
        for suite, kind in SUITES
    ]


def document_for(suite: str, issuer: str, version: str = CREDENTIALS_V2) -> Document:
    # their JCS suites refuse what they sign themselves, if a context is an object: see the test of it below
    return credential(issuer, version=version, vocabulary="jcs" not in suite)


def our_credential(suite: str, kind: str, **more: Any) -> Document:
    document = document_for(suite, our_did(kind))
    return fresh(legation.secure_credential(document, our_key(kind), cryptosuite=suite, **{"created": AT, **more}))


def our_presentation(suite: str, kind: str, *credentials: object, **more: Any) -> Document:
    document = presentation(our_did(kind, "holder"), *(credentials or [our_credential(suite, kind)]))
    asked = {"challenge": CHALLENGE, "domain": DOMAIN, **more}
    key = our_key(kind, "holder")
    return fresh(legation.secure_presentation(document, key, cryptosuite=suite, created=AT, **asked))


def their_credential(foreign: Foreign, suite: str, kind: str, **more: Any) -> Document:
    party = f"{kind}:{ISSUER}"
    document = document_for(suite, foreign.did(party))
    found: Document = foreign.ask("issueCredential", document=document, by=party, suite=suite, at=AT_TEXT, **more)
    return found


def their_presentation(foreign: Foreign, suite: str, kind: str, *credentials: object, **more: Any) -> Document:
    party = f"{kind}:holder"
    document = presentation(foreign.did(party), *(credentials or [their_credential(foreign, suite, kind)]))
    asked = {"at": AT_TEXT, "challenge": CHALLENGE, "domain": DOMAIN, **more}
    found: Document = foreign.ask("presentCredentials", document=document, by=party, suite=suite, **asked)
    return found


def fresh(secured: Any) -> Document:
    """Return it as it travels."""
    found: Document = json.loads(json.dumps(secured))
    return found


def as_contexts(*urls: str) -> dict[str, bytes]:
    known = suite_contexts()
    return {url: document.raw for url in urls if (document := known.find(url)) is not None}


@pytest.mark.parametrize(("suite", "kind"), suites(Way.OURS))
def test_our_credential_holds_there_and_altered_neither_there_nor_here(foreign: Foreign, suite: str, kind: str) -> None:
    secured = our_credential(suite, kind)
    assert fault_there(foreign, secured) is None
    for name, change in CHANGES.items():
        altered = changed(secured, change)
        assert fault_there(foreign, altered) is not None, name
        assert fault_here(altered) == "proof_invalid", name


@pytest.mark.parametrize(("suite", "kind"), suites(Way.OURS))
def test_our_credential_under_the_name_of_another_issuer_holds_nowhere(foreign: Foreign, suite: str, kind: str) -> None:
    secured = our_credential(suite, kind)
    assert fault_there(foreign, secured) is None
    other = changed(secured, lambda it: it.update(issuer=our_did(kind, "another")))
    assert fault_there(foreign, other) is not None
    assert fault_here(other) == "method_not_authorized"


@pytest.mark.parametrize(("suite", "kind"), suites(Way.OURS))
def test_our_presentation_holds_there_for_its_verifier_alone(foreign: Foreign, suite: str, kind: str) -> None:
    secured = our_presentation(suite, kind)
    assert presentation_fault_there(foreign, secured) is None
    for expected in ({"challenge": "another"}, {"domain": "https://other.example"}):
        assert presentation_fault_there(foreign, secured, **expected) is not None
        assert presentation_fault_here(secured, **expected) in ("challenge_mismatch", "domain_mismatch")
    altered = changed(secured, lambda it: it.update(id="urn:example:another"))
    assert presentation_fault_there(foreign, altered) is not None
    assert presentation_fault_here(altered) == "proof_invalid"


@pytest.mark.parametrize(("suite", "kind"), suites(Way.OURS))
def test_our_presentation_of_an_altered_credential_holds_nowhere(foreign: Foreign, suite: str, kind: str) -> None:
    altered = changed(our_credential(suite, kind), CHANGES["claim_altered"])
    secured = our_presentation(suite, kind, altered)
    assert presentation_fault_there(foreign, our_presentation(suite, kind)) is None
    assert presentation_fault_there(foreign, secured) is not None
    assert presentation_fault_here(secured) == "proof_invalid"


@pytest.mark.parametrize(("suite", "kind"), suites(Way.THEIRS))
def test_their_credential_holds_here_and_altered_neither_here_nor_there(
    foreign: Foreign, suite: str, kind: str
) -> None:
    secured = their_credential(foreign, suite, kind)
    assert fault_here(secured) is None
    for name, change in CHANGES.items():
        altered = changed(secured, change)
        assert fault_here(altered) == "proof_invalid", name
        assert fault_there(foreign, altered) is not None, name


@pytest.mark.parametrize(("suite", "kind"), suites(Way.THEIRS))
def test_their_credential_holds_here_in_its_time_alone(foreign: Foreign, suite: str, kind: str) -> None:
    secured = their_credential(foreign, suite, kind)
    assert fault_here(secured) is None
    assert fault_here(secured, at=AT + timedelta(days=30)) == "expired"
    assert fault_here(secured, at=AT - timedelta(days=30)) == "not_yet_valid"


@pytest.mark.parametrize(("suite", "kind"), suites(Way.THEIRS))
def test_their_credential_under_the_name_of_another_issuer_is_refused_here(
    foreign: Foreign, suite: str, kind: str
) -> None:
    secured = their_credential(foreign, suite, kind)
    other = changed(secured, lambda it: it.update(issuer=foreign.did(f"{kind}:another")))
    assert fault_here(secured) is None
    assert fault_here(other) == "method_not_authorized"


@pytest.mark.parametrize(("suite", "kind"), suites(Way.THEIRS))
def test_their_presentation_holds_here_for_its_verifier_alone(foreign: Foreign, suite: str, kind: str) -> None:
    secured = their_presentation(foreign, suite, kind)
    assert presentation_fault_here(secured) is None
    assert presentation_fault_here(secured, challenge="another") == "challenge_mismatch"
    assert presentation_fault_here(secured, domain="https://other.example") == "domain_mismatch"
    altered = changed(secured, lambda it: it.update(id="urn:example:another"))
    assert presentation_fault_here(altered) == "proof_invalid"
    asserted = their_asserted(foreign, suite, kind)
    assert presentation_fault_here(asserted, challenge=None, domain=None) == "proof_invalid"


def their_asserted(foreign: Foreign, suite: str, kind: str) -> Document:
    """Return a presentation whose proof is for another purpose."""
    secured = their_presentation(foreign, suite, kind)
    return changed(secured, lambda it: it["proof"].update(proofPurpose="assertionMethod"))


@pytest.mark.parametrize(("suite", "kind"), suites(Way.THEIRS))
def test_their_presentation_of_an_altered_credential_is_refused_here(foreign: Foreign, suite: str, kind: str) -> None:
    altered = changed(their_credential(foreign, suite, kind), CHANGES["claim_altered"])
    assert presentation_fault_here(their_presentation(foreign, suite, kind)) is None
    assert presentation_fault_here(their_presentation(foreign, suite, kind, altered)) == "proof_invalid"


# ---------------------------------------------------------------- what is old


@tries(ED25519_2020, Way.THEIRS, *ED25519_PACKAGES)
@pytest.mark.parametrize("version", [CREDENTIALS_V1, CREDENTIALS_V2], ids=["1.1", "2.0"])
def test_their_ed25519_signature_2020_holds_here_and_altered_neither_here_nor_there(
    foreign: Foreign, version: str
) -> None:
    party = "ed25519:issuer"
    document = credential(foreign.did(party), version=version)
    secured = foreign.ask("issueCredential", document=document, by=party, suite=ED25519_2020, at=AT_TEXT)
    assert secured["proof"]["type"] == ED25519_2020
    assert fault_here(secured) is None
    for name, change in CHANGES.items():
        altered = changed(secured, change)
        assert fault_here(altered) == "proof_invalid", name
        assert fault_there(foreign, altered) is not None, name


@tries(ED25519_2020, Way.THEIRS, *ED25519_PACKAGES)
def test_their_presentation_with_ed25519_signature_2020_holds_here_for_its_verifier_alone(foreign: Foreign) -> None:
    secured = their_presentation(foreign, ED25519_2020, "ed25519", their_credential(foreign, ED25519_2020, "ed25519"))
    assert presentation_fault_here(secured) is None
    assert presentation_fault_here(secured, challenge="another") == "challenge_mismatch"
    altered = changed(secured, lambda it: it.update(id="urn:example:another"))
    assert presentation_fault_here(altered) == "proof_invalid"


def old(issuer: str, suite: str) -> Document:
    document = document_for(suite, issuer, CREDENTIALS_V1)
    # its context says nothing of proofs with cryptosuites, nor of names
    document["@context"].insert(1, DATA_INTEGRITY_V2)
    document["credentialSubject"] = {"id": "did:example:abc"}
    return document


@pytest.mark.parametrize(
    ("suite", "kind"),
    [
        pytest.param(*suite, id=suite[0], marks=tries(f"VC 1.1 with {suite[0]}", Way.OURS, *suite_packages(suite[0])))
        for suite in SUITES
        if suite[1] != "p384"
    ],
)
def test_our_credential_of_the_old_data_model_holds_there(foreign: Foreign, suite: str, kind: str) -> None:
    contexts = as_contexts(DATA_INTEGRITY_V2)
    foreign.ask("contexts", documents={url: json.loads(raw) for url, raw in contexts.items()})
    document = old(our_did(kind), suite)
    secured = fresh(
        legation.secure_credential(document, our_key(kind), cryptosuite=suite, created=AT, contexts=contexts)
    )
    assert fault_there(foreign, secured) is None
    for name in ("for_another", "dated_otherwise", "other_signature"):
        altered = changed(secured, CHANGES[name])
        assert fault_there(foreign, altered) is not None, name
        assert fault_here(altered, contexts=contexts) == "proof_invalid", name


@pytest.mark.parametrize(
    ("suite", "kind"),
    [
        pytest.param(*suite, id=suite[0], marks=tries(f"VC 1.1 with {suite[0]}", Way.THEIRS, *suite_packages(suite[0])))
        for suite in SUITES
        if suite[1] != "p384"
    ],
)
def test_their_credential_of_the_old_data_model_holds_here(foreign: Foreign, suite: str, kind: str) -> None:
    contexts = as_contexts(DATA_INTEGRITY_V2)
    foreign.ask("contexts", documents={url: json.loads(raw) for url, raw in contexts.items()})
    party = f"{kind}:{ISSUER}"
    secured = foreign.ask("issueCredential", document=old(foreign.did(party), suite), by=party, suite=suite, at=AT_TEXT)
    assert fault_here(secured, contexts=contexts) is None
    assert fault_here(secured) == "context_unknown"
    for name in ("for_another", "dated_otherwise", "other_signature"):
        assert fault_here(changed(secured, CHANGES[name]), contexts=contexts) == "proof_invalid", name


# ---------------------------------------------------------------- several proofs


@tries("proof set of eddsa-rdfc-2022 and eddsa-jcs-2022", Way.OURS, DIGITAL_BAZAAR)
def test_our_set_of_two_proofs_holds_there(foreign: Foreign) -> None:
    both = our_set()
    assert len(both["proof"]) == 2
    assert fault_there(foreign, both) is None
    altered = changed(both, CHANGES["claim_altered"])
    assert fault_there(foreign, altered) is not None
    assert fault_here(altered) == "proof_invalid"


def our_set() -> Document:
    secured = fresh(
        legation.secure_credential(
            document_for("eddsa-jcs-2022", our_did("ed25519")),
            our_key("ed25519"),
            cryptosuite="eddsa-rdfc-2022",
            created=AT,
        )
    )
    key = our_key("ed25519")
    return fresh(legation.secure_credential(secured, key, cryptosuite="eddsa-jcs-2022", created=AT))


@tries("proof set of eddsa-rdfc-2022 and eddsa-jcs-2022", Way.THEIRS, DIGITAL_BAZAAR)
@pytest.mark.parametrize("broken", [0, 1])
def test_their_set_of_two_proofs_holds_here_and_with_one_broken_does_not(foreign: Foreign, broken: int) -> None:
    party = f"ed25519:{ISSUER}"
    secured = document_for("eddsa-jcs-2022", foreign.did(party))
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        secured = foreign.ask("issueCredential", document=secured, by=party, suite=suite, at=AT_TEXT)
    assert len(secured["proof"]) == 2
    assert fault_here(secured) is None
    secured["proof"][broken]["created"] = "2026-11-23T08:59:59Z"
    assert fault_here(secured) == "proof_invalid"


# ---------------------------------------------------------------- where theirs errs


@shows_fault(
    "a set of proofs holds as soon as one of them does; VC Data Integrity §4.5 and Legation ask for all", DIGITAL_BAZAAR
)
def test_set_in_which_one_proof_is_broken_holds_there_and_not_here(foreign: Foreign) -> None:
    both = our_set()
    assert fault_here(both) is None
    both["proof"][0]["created"] = "2026-11-23T08:59:59Z"
    assert fault_here(both) == "proof_invalid"
    assert fault_there(foreign, both) is None


@shows_fault("a proof whose `expires` (VC Data Integrity §2.1) is over holds; Legation refuses it", DIGITAL_BAZAAR)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_proof_that_has_expired_holds_there_and_not_here(foreign: Foreign, suite: str) -> None:
    lasting = our_credential(suite, "ed25519", options={"expires": "2026-11-23T09:00:01Z"})
    expired = our_credential(suite, "ed25519", options={"expires": "2026-11-23T08:59:59Z"}, created=AT - HOUR)
    assert [fault_here(lasting), fault_here(expired)] == [None, "expired"]
    assert [fault_there(foreign, lasting), fault_there(foreign, expired)] == [None, None]


@pytest.mark.parametrize(
    "suite",
    [
        pytest.param(
            suite,
            marks=shows_fault(
                "a context that is an object is compared by identity, so that not even a credential of its own holds "
                "(Legation verifies it)",
                f"@digitalbazaar/{suite}-cryptosuite",
            ),
        )
        for suite in ("eddsa-jcs-2022", "ecdsa-jcs-2019")
    ],
)
def test_jcs_credential_with_an_inline_context_holds_here_and_not_where_it_was_made(
    foreign: Foreign, suite: str
) -> None:
    kind = "ed25519" if suite.startswith("ed") else "p256"
    party = f"{kind}:{ISSUER}"
    document = credential(foreign.did(party))
    secured = foreign.ask("issueCredential", document=document, by=party, suite=suite, at=AT_TEXT)
    assert fault_here(secured) is None
    assert "does not start with" in str(fault_there(foreign, secured))
