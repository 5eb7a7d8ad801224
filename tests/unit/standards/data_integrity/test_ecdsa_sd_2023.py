"""ecdsa-sd-2023: base proofs for holders, derived proofs for verifiers, and nothing in between."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import InvalidKeyError, LegationError, MalformedError, ProofError, SettingsError, TooLargeError
from legation.standards.data_integrity import ecdsa_sd_2023
from legation.standards.data_integrity.documents import ProofExpectation, add_proof, derive, verify_proofs
from legation.standards.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023, is_wholly_mandatory
from legation.standards.data_integrity.ecdsa_sd_2023_values import (
    DerivedValue,
    read_base_value,
    read_derived_value,
    write_key,
)
from legation.standards.data_integrity.suites import SuiteOptions
from legation.standards.timestamps import parse_timestamp
from tests.support.disclosed import (
    CONFIG,
    ISSUER,
    ISSUER_KEY,
    base,
    contexts,
    derived,
    document,
    entropy,
    standard_base,
    verify,
)

SUBJECT = "/credentialSubject"
POINTERS = (f"{SUBJECT}/sailNumber", f"{SUBJECT}/boards/0", f"{SUBJECT}/boards/2/boardName")


def value_of(shown: dict[str, Any]) -> DerivedValue:
    return read_derived_value(shown["proof"]["proofValue"])


def refused(shown: dict[str, Any]) -> str:
    with pytest.raises(LegationError) as caught:
        verify(shown)
    return caught.value.code


# ------------------------------------------------------------------ what is disclosed


def test_only_what_is_mandatory_is_disclosed_where_no_pointer_asks_for_more() -> None:
    shown = derived()
    verify(shown)
    assert set(shown) == {"@context", "id", "type", "issuer", "validFrom", "proof"}
    assert is_wholly_mandatory(shown["proof"])


WHOLE: dict[str, Any] = document()["credentialSubject"]
MAKER = {"type": "Board", "maker": {"boardName": "Smith & Sons"}}


@pytest.mark.parametrize(
    ("pointers", "members"),
    [
        ([f"{SUBJECT}/sailNumber"], {"sailNumber": "Earth101"}),
        ([f"{SUBJECT}/nickname/1"], {"nickname": ["Salty ~/ dog"]}),
        ([f"{SUBJECT}/boards/1"], {"boards": [WHOLE["boards"][1]]}),
        ([f"{SUBJECT}/boards/0/maker/boardName"], {"boards": [MAKER]}),
        ([f"{SUBJECT}/boards/2/boardName"], {"boards": [WHOLE["boards"][2]]}),
        ([f"{SUBJECT}/route"], {"route": WHOLE["route"]}),
        ([f"{SUBJECT}/settings"], {"settings": WHOLE["settings"]}),
        ([f"{SUBJECT}/greeting/en"], {"greeting": {"en": "ahoy"}}),
        ([f"{SUBJECT}/type"], {}),
        ([SUBJECT], WHOLE),
        ([SUBJECT, f"{SUBJECT}/boards/0"], WHOLE),
    ],
)
def test_what_pointers_name_is_disclosed_and_verifies(pointers: list[str], members: dict[str, Any]) -> None:
    shown = derived(*pointers)
    verify(shown)
    assert shown["credentialSubject"] == {"type": "Sailor", **members}
    assert "name" not in shown
    assert not is_wholly_mandatory(shown["proof"])


def test_whole_document_can_be_disclosed() -> None:
    shown = derived("")
    verify(shown)
    assert {name: value for name, value in shown.items() if name != "proof"} == document()


def test_what_is_mandatory_is_disclosed_whatever_is_asked_for() -> None:
    whole = base(mandatory=("/issuer", f"{SUBJECT}/sailNumber"))
    for pointers in ((), ("/name",), (f"{SUBJECT}/boards/1",)):
        shown = derived(*pointers, of=whole)
        verify(shown)
        assert shown["credentialSubject"]["sailNumber"] == "Earth101"


def test_pointer_to_what_is_mandatory_anyway_changes_nothing() -> None:
    assert derived("/issuer", "/validFrom") == derived()


def test_nothing_mandatory_and_nothing_asked_for_is_refused() -> None:
    whole = base(mandatory=())
    verify(derived("/name", of=whole))
    with pytest.raises(MalformedError):
        derived(of=whole)


def test_wholly_mandatory_document_is_disclosed_whole_and_says_so() -> None:
    whole = base(mandatory=("",))
    assert "" not in read_base_value(whole["proof"]["proofValue"]).mandatory_pointers
    shown = derived(of=whole)
    verify(shown)
    assert is_wholly_mandatory(shown["proof"])
    assert shown["credentialSubject"] == document()["credentialSubject"]
    with pytest.raises(ProofError):
        is_wholly_mandatory(whole["proof"])


def test_undisclosed_values_are_neither_in_the_document_nor_in_its_proof() -> None:
    whole, shown = standard_base(), derived(*POINTERS)
    hidden = read_base_value(whole["proof"]["proofValue"])
    kept = value_of(shown)
    assert not any(text in str(shown) for text in ("Kanaha", "2019", "Skip", "ahoy", "private", "first leg"))
    assert set(kept.signatures) < set(hidden.signatures)
    written = shown["proof"]["proofValue"]
    assert all(signature not in kept.signatures or signature in hidden.signatures for signature in hidden.signatures)
    assert len(written) < len(whole["proof"]["proofValue"])
    assert hidden.hmac_key not in b"".join([kept.signature, *kept.signatures, *kept.labels.values()])


def test_other_proofs_are_left_out_of_what_is_derived() -> None:
    whole = standard_base()
    whole["proof"] = [{"type": "Other"}, whole["proof"]]
    shown = ECDSA_SD_2023.derive(whole, whole["proof"][1], POINTERS, contexts())
    verify(shown)
    assert shown == derived(*POINTERS)


def test_subjects_in_an_array_are_pointed_to_by_their_index() -> None:
    whole = document()
    whole["credentialSubject"] = [whole["credentialSubject"], {"id": "did:example:b", "type": "Sailor"}]
    shown = derived(f"{SUBJECT}/0/boards/1", of=base(whole))
    verify(shown)
    assert shown["credentialSubject"] == [{"type": "Sailor", "boards": [document()["credentialSubject"]["boards"][1]]}]


# ------------------------------------------------------------------ pointers


@pytest.mark.parametrize(
    "pointer",
    [
        "/nothing",
        f"{SUBJECT}/boards/3",
        f"{SUBJECT}/boards/-",
        f"{SUBJECT}/sailNumber/0",
        "/@context",
        "/@context/0",
        "/proof",
        "/proof/proofValue",
        "issuer",
        "/a~2",
        f"{SUBJECT}/route/0",
    ],
)
def test_pointer_that_cannot_be_used_is_refused_and_named_by_issuer_and_holder(pointer: str) -> None:
    verify(derived("/name"))
    for use in (lambda: derived("/name", pointer), lambda: base(mandatory=("/issuer", pointer))):
        with pytest.raises(MalformedError) as caught:
            use()
        assert (caught.value.code, caught.value.pointer) == ("malformed", pointer)


def test_mandatory_pointers_of_an_issuer_are_not_trusted_by_the_holder() -> None:
    whole = standard_base()
    value = read_base_value(whole["proof"]["proofValue"])
    whole["proof"]["proofValue"] = replace(value, mandatory_pointers=("/proof",)).write()
    with pytest.raises(MalformedError):
        derived(of=whole)


# ------------------------------------------------------------------ signing


def test_key_that_is_not_of_p256_is_refused() -> None:
    options = SuiteOptions(("/issuer",), entropy())
    for key_type, size in ((KeyType.ED25519, 32), (KeyType.P384, 48)):
        key = PrivateKey(key_type, b"\x01" * size)
        with pytest.raises(InvalidKeyError):
            ECDSA_SD_2023.sign(document(), CONFIG, key, contexts(), options=options)
        shown = derived()
        with pytest.raises(ProofError):
            ECDSA_SD_2023.verify({**shown, "proof": None}, shown["proof"], key.public_key, contexts())


def test_signing_without_random_bytes_is_refused() -> None:
    with pytest.raises(SettingsError):
        ECDSA_SD_2023.sign(document(), CONFIG, ISSUER_KEY, contexts(), options=SuiteOptions(("/issuer",)))


def test_random_bytes_that_are_no_scalar_are_drawn_again_a_few_times() -> None:
    def sign(*drawn: bytes) -> str:
        given = iter(drawn)
        options = SuiteOptions(("/issuer",), lambda _: next(given))
        return ECDSA_SD_2023.sign(document(), CONFIG, ISSUER_KEY, contexts(), options=options)

    no_scalar, scalar = b"\xff" * 32, b"\x07" * 32
    value = read_base_value(sign(b"h" * 32, no_scalar, bytes(32), scalar))
    assert value.public_key == write_key(PrivateKey(KeyType.P256, scalar).public_key)
    with pytest.raises(SettingsError):
        sign(b"h" * 32, *[no_scalar] * 4, scalar)


def test_two_base_proofs_have_neither_keys_nor_labels_in_common() -> None:
    one, other = (
        read_base_value(
            ECDSA_SD_2023.sign(
                document(), CONFIG, ISSUER_KEY, contexts(), options=SuiteOptions(("/issuer",), entropy(seed))
            )
        )
        for seed in (b"one", b"other")
    )
    assert one.public_key != other.public_key
    assert one.hmac_key != other.hmac_key
    assert set(one.signatures).isdisjoint(other.signatures)


def test_statements_to_sign_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(read_base_value(standard_base()["proof"]["proofValue"]).signatures)
    monkeypatch.setattr(ecdsa_sd_2023, "MAX_STATEMENTS", count)
    assert base()
    monkeypatch.setattr(ecdsa_sd_2023, "MAX_STATEMENTS", count - 1)
    with pytest.raises(TooLargeError):
        base()


def test_proof_that_would_follow_another_in_a_chain_is_refused() -> None:
    chained = {**document(), "proof": [{"type": "DataIntegrityProof"}]}
    with pytest.raises(MalformedError):
        ECDSA_SD_2023.sign(chained, CONFIG, ISSUER_KEY, contexts(), options=SuiteOptions(("/issuer",), entropy()))
    shown = derived()
    with pytest.raises(MalformedError):
        ECDSA_SD_2023.verify(shown, shown["proof"], ISSUER_KEY.public_key, contexts())


# ------------------------------------------------------------------ verifying


def test_base_proof_is_refused_by_a_verifier() -> None:
    whole = standard_base()
    assert ECDSA_SD_2023.is_base(whole["proof"])
    assert not ECDSA_SD_2023.is_base(derived()["proof"])
    assert refused(whole) == "proof_invalid"


def test_base_proof_of_another_document_is_refused_by_the_holder() -> None:
    whole = standard_base()
    whole["credentialSubject"]["nickname"].append("one more")
    with pytest.raises(ProofError):
        derived("/name", of=whole)
    verify(derived("/name"))


def test_derived_proof_is_not_derived_from_again() -> None:
    shown = derived(*POINTERS)
    with pytest.raises(ProofError):
        derived("/issuer", of=shown)


Change = Callable[[dict[str, Any]], None]


def change_value(shown: dict[str, Any]) -> None:
    shown["credentialSubject"]["sailNumber"] = "Earth102"


def change_mandatory(shown: dict[str, Any]) -> None:
    shown["validFrom"] = "2025-01-01T00:00:00Z"


def drop_disclosed(shown: dict[str, Any]) -> None:
    del shown["credentialSubject"]["boards"][1]


def drop_mandatory(shown: dict[str, Any]) -> None:
    del shown["validFrom"]


def drop_type(shown: dict[str, Any]) -> None:
    shown["type"].pop()


def add_statement(shown: dict[str, Any]) -> None:
    shown["name"] = "Sail number"


def add_hidden_node(shown: dict[str, Any]) -> None:
    shown["credentialSubject"]["boards"].append({"type": "Board", "boardName": "Kanaha Custom", "year": 2019})


def move_between_nodes(shown: dict[str, Any]) -> None:
    one, other = shown["credentialSubject"]["boards"]
    one["boardName"], other["boardName"] = other["boardName"], one["boardName"]


def change_created(shown: dict[str, Any]) -> None:
    shown["proof"]["created"] = "2026-02-02T00:00:01Z"


def change_purpose(shown: dict[str, Any]) -> None:
    shown["proof"]["proofPurpose"] = "authentication"


def change_context_of_proof(shown: dict[str, Any]) -> None:
    shown["proof"]["@context"] = ["https://www.w3.org/ns/credentials/v2"]


@pytest.mark.parametrize(
    "change",
    [
        change_value,
        change_mandatory,
        drop_disclosed,
        drop_mandatory,
        drop_type,
        add_statement,
        add_hidden_node,
        move_between_nodes,
        change_created,
        change_purpose,
        change_context_of_proof,
    ],
)
def test_changed_document_or_proof_is_refused(change: Change) -> None:
    shown = copy.deepcopy(derived(*POINTERS))
    verify(shown)
    change(shown)
    assert refused(shown) == "proof_invalid"


def test_proof_with_the_context_of_its_document_is_the_same_proof() -> None:
    shown = derived(*POINTERS)
    shown["proof"]["@context"] = shown["@context"]
    verify(shown)


def swap(value: DerivedValue) -> DerivedValue:
    first, second, *others = value.signatures
    return replace(value, signatures=(second, first, *others))


def swap_labels(value: DerivedValue) -> DerivedValue:
    return replace(value, labels={**value.labels, 0: value.labels[1], 1: value.labels[0]})


def other_key(value: DerivedValue) -> DerivedValue:
    key = PrivateKey(KeyType.P256, sha256(b"another").digest())
    return replace(value, public_key=write_key(key.public_key))


def signatures(change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> Callable[[DerivedValue], DerivedValue]:
    return lambda value: replace(value, signatures=change(value.signatures))


def indexes(change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Callable[[DerivedValue], DerivedValue]:
    return lambda value: replace(value, mandatory_indexes=change(value.mandatory_indexes))


def labels(change: Callable[[dict[int, bytes]], dict[int, bytes]]) -> Callable[[DerivedValue], DerivedValue]:
    return lambda value: replace(value, labels=change(value.labels))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(swap, id="two signatures swapped"),
        pytest.param(signatures(lambda all_: all_[:-1]), id="too few signatures"),
        pytest.param(signatures(lambda all_: (*all_, all_[0])), id="too many signatures"),
        pytest.param(signatures(lambda all_: all_[:1] * len(all_)), id="one signature for all"),
        pytest.param(signatures(lambda all_: (bytes(64), *all_[1:])), id="a signature of zeros"),
        pytest.param(signatures(lambda _: ()), id="no signatures"),
        pytest.param(indexes(lambda all_: all_[1:]), id="too few indexes"),
        pytest.param(indexes(lambda all_: (*all_, 99)), id="an index beyond the end"),
        pytest.param(indexes(lambda all_: (*all_, 2**64 - 1)), id="an index far beyond the end"),
        pytest.param(indexes(lambda all_: tuple(range(1, len(all_) + 1))), id="other indexes"),
        pytest.param(indexes(lambda _: ()), id="no indexes"),
        pytest.param(swap_labels, id="two labels swapped"),
        pytest.param(labels(lambda all_: {**all_, len(all_): b"x" * 32}), id="a label more"),
        pytest.param(labels(lambda all_: dict(list(all_.items())[:-1])), id="a label less"),
        pytest.param(labels(lambda all_: {**all_, 0: b"x" * 32}), id="another label"),
        pytest.param(labels(lambda _: {}), id="no labels"),
        pytest.param(other_key, id="another key"),
        pytest.param(lambda value: replace(value, public_key=write_key(ISSUER_KEY.public_key)), id="the issuer's key"),
        pytest.param(lambda value: replace(value, signature=value.signatures[0]), id="another base signature"),
    ],
)
def test_changed_part_of_a_proof_value_is_refused(change: Callable[[DerivedValue], DerivedValue]) -> None:
    shown = derived(*POINTERS)
    verify(shown)
    changed = change(value_of(shown))
    shown["proof"]["proofValue"] = changed.write()
    assert refused(shown) == "proof_invalid"


def test_all_statements_called_mandatory_by_the_holder_are_refused() -> None:
    shown = derived(*POINTERS)
    value = value_of(shown)
    total = len(value.signatures) + len(value.mandatory_indexes)
    changed = replace(value, signatures=(), mandatory_indexes=tuple(range(total)))
    shown["proof"]["proofValue"] = changed.write()
    assert is_wholly_mandatory(shown["proof"])  # the form alone: whoever asks has verified it, or will
    assert refused(shown) == "proof_invalid"


def test_key_of_another_issuer_is_refused() -> None:
    shown = derived(*POINTERS)
    other = PrivateKey(KeyType.P256, sha256(b"another issuer").digest()).public_key
    unsecured = {name: value for name, value in shown.items() if name != "proof"}
    with pytest.raises(ProofError):
        ECDSA_SD_2023.verify(unsecured, shown["proof"], other, contexts())


def test_statements_of_two_base_proofs_are_not_put_together() -> None:
    one = derived(*POINTERS)
    other = document()
    other["credentialSubject"]["sailNumber"] = "Earth999"
    options = SuiteOptions(("/issuer", "/validFrom"), entropy(b"other"))
    value = ECDSA_SD_2023.sign(other, CONFIG, ISSUER_KEY, contexts(), options=options)
    two = derived(*POINTERS, of={**other, "proof": {**CONFIG, "proofValue": value}})
    verify(one)
    verify(two)
    mixed = replace(value_of(one), signatures=value_of(two).signatures)
    assert refused({**one, "proof": {**one["proof"], "proofValue": mixed.write()}}) == "proof_invalid"
    assert refused({**one, "proof": two["proof"]}) == "proof_invalid"


@pytest.mark.parametrize("value", [None, "", "u", "zabc", 7])
def test_proof_without_a_value_of_this_suite_is_refused(value: Any) -> None:
    shown = derived()
    verify(shown)
    shown["proof"]["proofValue"] = value
    assert refused(shown) == "proof_invalid"


def test_member_that_no_context_defines_is_refused_when_signed_and_when_verified() -> None:
    whole = document()
    whole["credentialSubject"]["undefined"] = "x"
    with pytest.raises(LegationError) as caught:
        base(whole)
    assert caught.value.code == "unknown_term"
    shown = derived(*POINTERS)
    shown["undefined"] = "x"
    assert refused(shown) == "unknown_term"


# ------------------------------------------------------------------ as one suite among others


def test_suite_signs_derives_and_verifies_documents_by_its_name() -> None:
    signer = Signer(ISSUER, CONFIG["verificationMethod"], ISSUER_KEY)
    whole = add_proof(
        document(),
        signer,
        cryptosuite="ecdsa-sd-2023",
        purpose="assertionMethod",
        created=CONFIG["created"],
        contexts=contexts(),
        suite_options=SuiteOptions(("/issuer", "/validFrom"), entropy()),
    )
    assert whole == standard_base()
    shown = derive(whole, POINTERS, contexts())
    assert shown == derived(*POINTERS)
    expect = ProofExpectation(at=parse_timestamp("2026-03-03T00:00:00Z"), purpose="assertionMethod")

    def check(value: dict[str, Any]) -> None:
        verify_proofs(value, find_key=lambda _: ISSUER_KEY.public_key, expect=expect, contexts=contexts())

    check(shown)
    for other in (whole, {**shown, "validFrom": "2025-01-01T00:00:00Z"}):
        with pytest.raises(ProofError):
            check(other)
