"""Exit codes: the one table, for every code that there is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from legation.cli import exit_codes
from legation.cli.advice import ADVICE
from legation.cli.exit_codes import ERROR_EXITS, VERDICT_EXITS, Exit, exit_of_error, exit_of_refusal, exit_of_verdict
from legation.domain.verdict import Refusal, Verdict
from legation.errors import LegationError

# design page §4, as it lists them
_CODES = """
malformed too_large presentation_invalid challenge_mismatch domain_mismatch holder_mismatch replayed
proof_invalid method_not_authorized did_unresolvable link_broken not_yet_valid expired widened
principal_changed depth_exceeded unknown_term status_missing status_unknown revoked suspended
untrusted_root request_not_covered uses_exhausted budget_exhausted rate_exceeded outside_hours
approval_required charge_required
"""
CODES = _CODES.split()


def refused(code: str, *, verified: bool = False) -> Verdict:
    return Verdict(verified, False, Refusal(code, "a reason"))


def codes_of_error_classes() -> dict[str, str]:
    """Return the code that each error class of the package sets, read from the sources: nothing need be installed."""
    codes = {}
    for path in Path(exit_codes.__file__).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                for line in node.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                        codes[node.name] = ast.literal_eval(line.value)
    return codes


def test_every_code_of_the_design_page_has_an_exit_code_and_advice() -> None:
    assert VERDICT_EXITS.keys() == set(CODES)
    assert ADVICE.keys() == set(CODES)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("malformed", 5),
        ("too_large", 5),
        ("proof_invalid", 5),
        ("widened", 5),
        ("presentation_invalid", 5),
        ("untrusted_root", 6),
        ("request_not_covered", 6),
        ("charge_required", 6),
        ("uses_exhausted", 6),
        ("budget_exhausted", 6),
        ("rate_exceeded", 6),
        ("outside_hours", 6),
        ("expired", 7),
        ("not_yet_valid", 7),
        ("status_missing", 8),
        ("status_unknown", 8),
        ("revoked", 8),
        ("suspended", 8),
        ("approval_required", 9),
    ],
)
def test_verdict_exits_by_the_kind_of_its_code(code: str, expected: int) -> None:
    assert exit_of_verdict(refused(code)) == expected


def test_only_a_verdict_that_is_verified_and_accepted_exits_with_0() -> None:
    assert exit_of_verdict(Verdict(True, True, None)) == 0
    for verified, accepted in ((True, False), (False, True), (False, False)):
        assert exit_of_verdict(Verdict(verified, accepted, None)) != 0


def test_refusal_with_a_code_that_nobody_listed_is_still_a_refusal() -> None:
    assert exit_of_verdict(refused("brand_new", verified=True)) == Exit.INVALID


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("proof_missing", 5),
        ("expired", 7),
        ("status_unknown", 8),
        ("invalid_key", 5),
        ("not_found", 5),
        ("usage", 5),
        ("brand_new", 5),
        ("", 5),
        (None, 5),
    ],
)
def test_credential_that_is_refused_exits_by_the_kind_of_its_code(code: str | None, expected: int) -> None:
    assert exit_of_refusal(code) == expected


def test_every_error_class_has_an_exit_code_that_is_not_0() -> None:
    known = VERDICT_EXITS.keys() | ERROR_EXITS.keys()
    assert len(codes_of_error_classes()) > 10
    assert {name: code for name, code in codes_of_error_classes().items() if code not in known} == {}
    assert Exit.OK not in {*VERDICT_EXITS.values(), *ERROR_EXITS.values()}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("usage", 1),
        ("gone", 1),
        ("backup_unusable", 1),
        ("storage_full", 2),
        ("internal_error", 2),
        ("access_denied", 6),
        ("agent_suspended", 8),
        ("agent_retired", 8),
        ("server_error", 2),
        ("authentication_required", 3),
        ("unavailable", 4),
        ("invalid_key", 5),
        ("context_unknown", 5),
        ("issuer_mismatch", 5),
        ("proof_missing", 5),
        ("option_not_allowed", 6),
    ],
)
def test_error_exits_by_its_code(code: str, expected: int) -> None:
    assert exit_of_error(LegationError("a reason", code=code)) == expected


def test_error_with_a_verdict_code_exits_as_the_verdict_does() -> None:
    assert {code: exit_of_error(LegationError("", code=code)) for code in CODES} == dict(VERDICT_EXITS)


def test_error_with_a_code_that_nobody_listed_is_a_local_error() -> None:
    assert exit_of_error(LegationError("a reason", code="brand_new")) == Exit.LOCAL
