"""Every predicate of design page §3.1: what satisfies it and what does not, what is narrower and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.predicates import PREDICATES, parse_predicates
from legation.errors import MalformedError, UnknownTermError
from tests.support.oracle import argument_narrower, argument_satisfies

LIMIT = 2**53 - 1
# values that satisfy no predicate at all
NEVER = [None, 1.5, -0.0, 5.0, {}, {"a": 1}, LIMIT + 1, -LIMIT - 1, "a\u200b", "e\u0301", "a\n"]

SATISFIED: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"equals": "5"}, ["5"], [5, "5.0", True, ["5"]]),
    ({"equals": 5}, [5], ["5", 6, [5]]),
    ({"equals": 1}, [1], [True, "1"]),
    ({"equals": True}, [True], [1, False, "true"]),
    ({"equals": 0}, [0], [False, ""]),
    ({"equals": ""}, [""], ["a", 0, False]),
    ({"in": ["A", "B"]}, ["A", "B"], ["C", "a", 1, ["A"]]),
    ({"in": [1, 2]}, [1, 2], [3, True, "1"]),
    ({"in": [True]}, [True], [1, False]),
    ({"notIn": ["A"]}, ["B", "a", ""], ["A", 1, True, ["B"]]),
    ({"notIn": [1]}, [2, 0], [1, "2", True, False]),
    ({"notIn": [True]}, [False], [True, 0, "x"]),
    ({"min": 3}, [3, 4, LIMIT], [2, -3, "3", "4", True]),
    ({"min": -3}, [-3, 0], [-4]),
    ({"max": 3}, [3, -LIMIT], [4, "3", False]),
    ({"min": "1.50"}, ["1.5", "1.500", "2"], ["1.49", 2, "-2", "2.", "02"]),
    ({"max": "1.50"}, ["1.5", "0", "1.500000000"], ["1.500000001", 1]),
    ({"prefix": "/"}, ["/", "/data", "/a/b"], ["data", "", "//", "/a/"]),
    ({"prefix": "/data"}, ["/data", "/data/a", "/data/a b"], ["/data-secret", "/", "/Data", "data", "/data/"]),
    (
        {"prefix": "/data"},
        ["/data/%zz"],
        ["/data/../etc", "/data/./a", "/data//a", "/data/a\\b", "/data/%2e", "/data%2Fa"],
    ),
    ({"prefix": "data"}, ["data", "data/a"], ["/data", "datax", "../data", "data/"]),
    ({"cidr": "10.0.0.0/8"}, ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.2.3/32"], ["11.0.0.1", "0.0.0.0/0"]),
    (
        {"cidr": "10.0.0.0/8"},
        ["10.255.255.255"],
        ["10.1.2.3/8", "010.1.2.3", "10.1.2", 167772161, "10.0.0.0/255.0.0.0"],
    ),
    ({"cidr": "2001:db8::/32"}, ["2001:db8::1", "2001:db8:1::/48"], ["2001:DB8::1", "2001:db8::1%eth0", "2001:db9::"]),
    ({"cidr": "::/0"}, ["::", "::1", "2001:db8::/32"], ["::ffff:10.0.0.1", "::ffff:a00:1", "10.0.0.1", "0.0.0.0/0"]),
    ({"cidr": "0.0.0.0/0"}, ["1.2.3.4"], ["::1", "::ffff:1.2.3.4", "1.2.3.4\n", "\u0661.2.3.4"]),
    (
        {"url": "https://a.example/m/"},
        ["https://A.example:443/m/x"],
        ["https://a.example/m", "https://a.example/m/?x", "m"],
    ),
    ({"contains": ["a", 1]}, [["a", 1], [1, "b", "a"]], [["a"], ["a", True], "a", [], ["a", 1, None], ["a", 1, 1.5]]),
    ({"subsetOf": ["a", 1]}, [["a"], [1, "a"], [], ["a", "a"]], [["a", "b"], [True], "a", ["a", None], [["a"]]]),
    ({"min": 1, "max": 3}, [1, 2, 3], [0, 4]),
    ({"prefix": "/data", "notIn": ["/data/x"]}, ["/data/y"], ["/data/x", "/etc"]),
]


@pytest.mark.parametrize(("predicates", "good", "bad"), SATISFIED)
def test_predicate_is_satisfied_by_exactly_what_the_design_page_says(
    predicates: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    parsed = parse_predicates(predicates, "")
    for value in good:
        assert parsed.satisfied_by(value), value
        assert argument_satisfies(predicates, value), value
    for value in [*bad, *NEVER]:
        assert not parsed.satisfied_by(value), value


NARROWER: list[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]] = [
    (
        {"equals": "a"},
        [{"equals": "a"}, {"in": ["a"]}, {"equals": "a", "min": 1}],
        [{"equals": "A"}, {"in": ["a", "b"]}],
    ),
    ({"equals": 1}, [{"equals": 1}], [{"equals": True}, {"equals": "1"}, {"min": 1, "max": 1}, {"subsetOf": [1]}]),
    ({"in": ["a", "b"]}, [{"in": ["b"]}, {"in": ["b", "a"]}, {"equals": "b"}], [{"in": ["a", "c"]}, {"notIn": ["c"]}]),
    ({"notIn": ["a"]}, [{"notIn": ["a", "b"]}, {"equals": "b"}, {"in": ["b", "c"]}], [{"notIn": ["b"]}, {"in": ["a"]}]),
    ({"notIn": ["a"]}, [{"in": ["b"], "notIn": ["z"]}], [{"equals": 1}, {"notIn": [1]}, {"prefix": "/b"}]),
    ({"min": 3}, [{"min": 3}, {"min": 4}, {"equals": 3}, {"in": [3, 9]}], [{"min": 2}, {"min": "4"}, {"in": [2, 9]}]),
    ({"min": 3}, [{"min": 5, "max": 1}], [{"max": 9}, {"equals": "3"}]),
    ({"max": "1.50"}, [{"max": "1.5"}, {"max": "0"}, {"equals": "1"}], [{"max": "1.51"}, {"max": 1}, {"equals": 1}]),
    ({"prefix": "/data"}, [{"prefix": "/data"}, {"prefix": "/data/a"}, {"equals": "/data/x"}], [{"prefix": "/"}]),
    ({"prefix": "/data"}, [{"in": ["/data", "/data/a"]}], [{"prefix": "/data-secret"}, {"prefix": "data"}]),
    ({"prefix": "/"}, [{"prefix": "/data"}, {"prefix": "/"}], [{"prefix": "data"}, {"equals": "/a/"}]),
    (
        {"cidr": "10.0.0.0/8"},
        [{"cidr": "10.1.0.0/16"}, {"equals": "10.1.2.3"}],
        [{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}],
    ),
    ({"url": "https://a.example/m/"}, [{"url": "https://a.example/m/x"}], [{"url": "https://a.example/m"}]),
    ({"contains": ["a"]}, [{"contains": ["a", "b"]}], [{"contains": ["b"]}, {"equals": "a"}, {"subsetOf": ["a"]}]),
    (
        {"subsetOf": ["a", 1]},
        [{"subsetOf": ["a"]}, {"subsetOf": [1, "a"]}],
        [{"subsetOf": ["a", True]}, {"contains": ["a"]}],
    ),
    ({"min": 1, "max": 3}, [{"min": 1, "max": 3}, {"equals": 2}, {"min": 2, "in": [2, 3]}], [{"min": 1}, {"max": 3}]),
]


@pytest.mark.parametrize(("parent", "narrower", "wider"), NARROWER)
def test_child_is_narrower_by_its_own_or_by_its_values_and_by_nothing_else(
    parent: dict[str, Any], narrower: list[dict[str, Any]], wider: list[dict[str, Any]]
) -> None:
    parsed = parse_predicates(parent, "")
    assert parsed.find_widening(parsed) is None
    for child in narrower:
        assert parsed.find_widening(parse_predicates(child, "")) is None, child
        assert argument_narrower(parent, child), child
    for child in wider:
        assert parsed.find_widening(parse_predicates(child, "")) is not None, child
        assert not argument_narrower(parent, child), child


def test_widening_names_the_first_predicate_that_is_not_implied() -> None:
    parent = parse_predicates({"min": 1, "max": 3}, "")
    assert parent.find_widening(parse_predicates({"min": 1, "max": 4}, "")) == "max"


MALFORMED: list[tuple[str, Any]] = [
    *[("equals", value) for value in (None, 1.5, [], ["a"], {}, LIMIT + 1, "\u200b", -0.0)],
    *[("in", value) for value in ([], "a", None, ["a", "a"], ["a", 1], [1, True], [None], [1.0], [["a"]], {})],
    *[("notIn", value) for value in ([], "a", ["a", 1], [True, 0], ["a", "a"], [{}])],
    *[("min", value) for value in (None, 1.5, True, "-1", "01", "1e3", [], LIMIT + 1)],
    *[("max", value) for value in (None, 2.0, False, "", "1.", -LIMIT - 1)],
    *[
        ("prefix", value)
        for value in ("", "//", "/a/", "a/", "/a//b", "/../a", "/.", "a\\b", "/%2e", "/%2F", "/\u200b", 7)
    ],
    *[("cidr", value) for value in ("10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/255.0.0.0")],
    *[
        ("cidr", value)
        for value in ("::ffff:0:0/96", "::ffff:10.0.0.0/104", "2001:DB8::/32", "fe80::%1/64", "x/8", "", 7)
    ],
    *[("url", value) for value in ("a.example", "https://a.example/?x", "https://a.example/x;y", "", None)],
    *[("contains", value) for value in ([], "a", ["a", "a"], [None], [1.5], [[]])],
    *[("subsetOf", value) for value in ([], "a", ["a", "a"], [{}], None)],
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_malformed_value_of_a_predicate_is_refused(name: str, value: Any) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_predicates({name: value}, "/x")
    assert refused.value.pointer is not None
    assert refused.value.pointer.startswith(f"/x/{name}")


@pytest.mark.parametrize("value", [{}, [], None, "a", 5, True])
def test_what_is_no_object_of_predicates_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        parse_predicates(value, "/x")


@pytest.mark.parametrize("name", ["regex", "Equals", "pattern", "gte", "", "in ", "not/in"])
def test_unknown_predicate_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTermError) as refused:
        parse_predicates({"equals": "a", name: "a"}, "/x")
    assert refused.value.pointer == "/x/" + name.replace("/", "~1")


def test_registry_holds_the_vocabulary_of_the_design_page() -> None:
    assert set(PREDICATES) == {"equals", "in", "notIn", "min", "max", "prefix", "cidr", "url", "contains", "subsetOf"}


def test_mixed_scalars_may_stand_in_contains_and_subset_of() -> None:
    for name in ("contains", "subsetOf"):
        assert parse_predicates({name: ["1", 1, True]}, "").satisfied_by([1, "1", True])
