"""The command line as a whole: help, usage errors, and the outermost handler."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from legation.cli import completion, inspection
from legation.cli.main import build_app, main
from legation.cli.options import OutputFormat
from legation.errors import AttenuationError, EgressError, LegationError
from tests.support.commands import invoke, spawn

COMMANDS = {
    "verify": set(),
    "explain": set(),
    "inspect": set(),
    "did": {"resolve"},
    "wallet": {"init", "rekey"},
    "agent": {"create", "list", "show", "update", "suspend", "resume", "retire"},
    "delegate": set(),
    "attenuate": set(),
    "present": set(),
    "credential": {"list", "show", "import", "export", "remove", "issue", "derive", "present", "verify"},
    "key": {"list", "add", "rotate", "remove"},
    "delegation": {"list", "show", "tree", "issue", "attenuate", "present", "import"},
    "trust": {"list", "add", "remove"},
    "operator": {"list", "create", "revoke"},
    "audit": {"list"},
    "dev": set(),
    "serve": set(),
    "doctor": set(),
    "backup": set(),
    "restore": set(),
    "migrate": set(),
    "config": {"show"},
    "completion": set(),
}


def listed(help_text: str) -> set[str]:
    """Return the names that help lists under its panels."""
    _, _, panels = help_text.partition("--help")
    return set(re.findall(r"^  ([a-z]+)  ", panels, re.MULTILINE))


def fails_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *, as_json: bool = False) -> tuple[int, str]:
    """Let a command raise, and return exit code and standard error."""

    def broken(file: str, output: OutputFormat = "table") -> None:
        raise error

    monkeypatch.setattr(inspection, "inspect", broken)
    outcome = invoke("inspect", "-", *(["--format=json"] if as_json else []))
    assert outcome.out == ""
    return outcome.code, outcome.err


def test_help_lists_every_command_that_exists_and_no_other() -> None:
    assert listed(invoke("--help").out) == COMMANDS.keys()


@pytest.mark.parametrize(("group", "verbs"), [(name, verbs) for name, verbs in COMMANDS.items() if verbs])
def test_help_of_a_group_lists_its_verbs(group: str, verbs: set[str]) -> None:
    assert listed(invoke(group, "--help").out) == verbs


@pytest.mark.parametrize(
    "command", [(name, *([verb] if verb else [])) for name, verbs in COMMANDS.items() for verb in verbs or {""}]
)
def test_every_command_has_help_with_a_sentence_on_each_parameter(command: tuple[str, ...]) -> None:
    outcome = invoke(*command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    rows = re.findall(r"^  (--[a-z-]+|[A-Z_|@\-]+ <)(.*(?:\n {6,}.*)*)", outcome.out, re.MULTILINE)
    assert rows
    assert [name for name, text in rows if len(re.findall(r"[a-z]{2,}", text)) < 2] == []


def test_no_option_takes_a_secret() -> None:
    texts = [
        invoke(name, *([verb] if verb else []), "--help").out
        for name, verbs in COMMANDS.items()
        for verb in verbs or {""}
    ]
    options = {option for text in texts for option in re.findall(r"--[a-z-]+", text)}
    # files that hold one, a flag without a value, and a public key
    harmless = {"--token-file", "--tls-key", "--show-token", "--access-key"}
    assert options >= harmless
    assert not {option for option in options - harmless if re.search("passphrase|password|secret|token", option)}
    assert not {option for option in options - harmless if option.endswith("-key")}


def test_help_groups_commands_by_what_one_wants_to_do() -> None:
    panels = re.findall(r"^(\w[\w ]+):$", invoke("--help").out, re.MULTILINE)
    assert panels[1:] == [
        "Check what others send",
        "Hold and pass on authority",
        "Manage a node",
        "Run a node",
        "More",
    ]


def test_version_is_shown() -> None:
    outcome = invoke("--version")
    assert (outcome.code, outcome.err) == (0, "")
    assert re.fullmatch(r"legation \S.*\n", outcome.out)


def test_without_a_command_help_is_shown() -> None:
    outcome = invoke()
    assert (outcome.code, outcome.err) == (0, "")
    assert listed(outcome.out) == COMMANDS.keys()


@pytest.mark.parametrize("arguments", [("vrify",), ("agent", "creat"), ("--verify",), ("did",), ("did", "resolve")])
def test_command_that_does_not_exist_is_a_usage_error_in_one_line(arguments: tuple[str, ...]) -> None:
    outcome = invoke(*arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.err.splitlines()) == 1


def test_misspelt_command_is_suggested() -> None:
    assert "verify" in invoke("verfy").err


@pytest.mark.parametrize("options", [("--format", "json"), ("--format=json",)])
def test_error_is_one_line_of_json_where_json_is_asked_for(options: tuple[str, ...]) -> None:
    error = invoke("verify", *options).error
    assert error["code"] == "usage"
    assert isinstance(error["message"], str)


@pytest.mark.parametrize("options", [(), ("--format", "table"), ("--format", "json", "--format", "table")])
def test_error_is_a_sentence_where_json_is_not_asked_for(options: tuple[str, ...]) -> None:
    assert invoke("verify", *options).err.startswith("error: ")


def test_what_stands_after_two_dashes_is_no_option() -> None:
    assert invoke("inspect", "--", "--format=json").err.startswith("error: ")


def test_error_says_code_place_both_sides_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    error = AttenuationError("the child claims more", pointer="/x", allowed=[1], claimed={"a": "b"})
    error.fix = "Ask for less."
    code, text = fails_with(error, monkeypatch, as_json=True)
    assert code == 5
    assert json.loads(text)["error"] == {
        "code": "widened",
        "message": "the child claims more",
        "pointer": "/x",
        "allowed": [1],
        "claimed": {"a": "b"},
        "fix": "Ask for less.",
    }
    monkeypatch.undo()
    code, text = fails_with(error, monkeypatch)
    assert code == 5
    assert all(part in text for part in ("the child claims more", "/x", "[1]", '{"a": "b"}', "Ask for less."))


@pytest.mark.parametrize("as_json", [False, True])
def test_g06_hostile_text_in_an_error_stays_in_its_line(monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    error = LegationError('no\r\n"x": \x1b[2J\u202e[red]', code="malformed", pointer="/\n")
    code, text = fails_with(error, monkeypatch, as_json=as_json)
    assert code == 5
    assert len(text.splitlines()) == 1
    assert not {"\x1b", "\r", "\u202e"} & set(text)


def test_fault_of_ours_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEGATION_DEBUG", raising=False)
    code, text = fails_with(ZeroDivisionError("a secret detail"), monkeypatch, as_json=True)
    assert code == 1
    assert json.loads(text)["error"]["code"] == "internal"
    assert "secret" not in text


def test_traceback_is_shown_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_DEBUG", "1")
    code, text = fails_with(ZeroDivisionError("the detail"), monkeypatch)
    assert code == 1
    assert "Traceback" in text


def test_interruption_exits_with_130_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fails_with(KeyboardInterrupt(), monkeypatch) == (130, "")


@pytest.mark.parametrize(("error", "expected"), [(PermissionError(13, ""), 1), (EgressError("no"), 6)])
def test_foreign_and_own_errors_become_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, expected: int
) -> None:
    code, text = fails_with(error, monkeypatch)
    assert code == expected
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(("value", "code"), [("1", 0), ("true", 0), ("0", 0), ("", 0), ("maybe", 1)])
def test_environment_sets_a_flag_or_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, code: int) -> None:
    monkeypatch.setenv("LEGATION_DANGEROUSLY_ALLOW_LOOPBACK", value)
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    assert invoke("did", "resolve", did).code == code


def test_commands_are_built_anew_each_time() -> None:
    assert build_app() is not build_app()
    assert main(["completion", "bash"]) == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_printed(shell: str) -> None:
    outcome = invoke("completion", shell)
    assert outcome.code == 0
    assert completion.VARIABLE in outcome.out


def test_completion_of_another_shell_is_a_usage_error() -> None:
    assert invoke("completion", "tcsh").code == 1


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("legation ver", {"verify"}),
        ("legation agent ", {"create", "list", "show", "update", "suspend", "resume", "retire"}),
        ("legation verify --tr", {"--trust"}),
    ],
)
def test_shell_is_offered_what_may_come_next(tmp_path: Path, words: str, offered: set[str]) -> None:
    environment = {"_LEGATION_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    outcome = spawn(folder=tmp_path, environment=environment)
    assert (outcome.code, outcome.err) == (0, "")
    assert set(outcome.out.split()) == offered
