"""Labels of blank nodes: made by an HMAC, compressed, and given back."""

from __future__ import annotations

import hmac

import pytest

from legation.standards.selective_disclosure.labels import given_labels, hmac_labels, read_label, write_label

KEY = bytes(range(32))


def test_label_is_the_hmac_of_the_canonical_identifier_without_its_mark() -> None:
    made = hmac_labels(KEY)(["c14n0", "c14n11"])
    assert {name: read_label(label) for name, label in made.items()} == {
        name: hmac.new(KEY, name.encode(), "sha256").digest() for name in ("c14n0", "c14n11")
    }
    assert all(label.startswith("u") and len(label) == 44 for label in made.values())


def test_another_key_gives_other_labels() -> None:
    assert set(hmac_labels(KEY)(["c14n0"]).values()).isdisjoint(hmac_labels(bytes(32))(["c14n0"]).values())


def test_compressed_labels_come_back_for_their_numbers_and_no_other() -> None:
    made = hmac_labels(KEY)(["c14n0", "c14n1"])
    compressed = {0: read_label(made["c14n0"]), 1: read_label(made["c14n1"])}
    assert given_labels(compressed)(["c14n1", "c14n0"]) == made
    assert write_label(compressed[0]) == made["c14n0"]
    with pytest.raises(KeyError):
        given_labels(compressed)(["c14n2"])
