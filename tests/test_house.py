"""The rules of the house that a tool can hold: sizes, twins, names, and documents that cannot rot."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ("bot", "cogs", "sandbox", "bench", "tests", "proto")
MOST_BODY_LINES = 60
MOST_MODULE_LINES = 500
FORBIDDEN = re.compile(r"(Manager|Helper|Util|Utils|Processor|Data|Info)$|(?<!Log)Handler$")

# Modules whose behaviour is tested through another one, each with its reason.
WITHOUT_TWIN = {
    "bot/errors.py": "a tree of names",
    "bot/events/*": "structs; what they promise is in tests/bot/events/test_codec.py",
    "bot/model/*": "values",
    "bot/tiktok/source.py": "a port",
    "bot/eventlog/log.py": "a port; tests/contracts/test_event_log.py",
    "bot/eventlog/memory.py": "tests/contracts/test_event_log.py",
    "bot/eventlog/sql.py": "tests/contracts/test_event_log.py",
    "bot/delivery/sender.py": "a port; tests/contracts/test_sender.py",
    "bot/delivery/discord_sender.py": "tests/contracts/test_sender.py",
    "bot/storage/tables.py": "tests/bot/storage/test_migrations.py",
    "bot/modes/embedded.py": "tests/stories",
    "bot/__main__.py": "tests/bot/test_command_line.py",
}


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not path.name.endswith("_pb2.py") and "__pycache__" not in path.parts:
                yield path


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_and_no_module_outgrows_its_reader() -> None:
    too_long = []
    for path in modules(*CODE):
        source = path.read_text(encoding="utf-8")
        if source.count("\n") > MOST_MODULE_LINES:
            too_long.append(f"{named(path)}: {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > MOST_BODY_LINES:
                too_long.append(f"{named(path)}:{node.lineno} {node.name}: {body_lines(node)} lines")
    assert not too_long, "\n".join(too_long)


def test_every_module_of_the_bot_has_a_twin_among_the_tests() -> None:
    missing = []
    for path in modules("bot", "cogs"):
        if path.name == "__init__.py" or "pb" in path.parts:
            continue
        if any(path.match(pattern) for pattern in WITHOUT_TWIN):
            continue
        folder = ROOT / "tests" / path.parent.relative_to(ROOT)
        if not any(folder.glob(f"test_{path.stem}*.py")):
            missing.append(named(path))
    assert not missing, f"no tests/**/test_<name>*.py for: {missing}"


def test_every_exception_from_the_twin_rule_is_still_needed() -> None:
    for pattern in WITHOUT_TWIN:
        assert any(path.match(pattern) for path in modules("bot", "cogs")), f"{pattern} names nothing any more"


def test_no_class_has_a_name_that_says_nothing() -> None:
    bad = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in modules("bot", "cogs", "sandbox")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and FORBIDDEN.search(node.name)
    ]
    assert not bad, bad


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        named(path)
        for path in modules("bot", "cogs", "sandbox", "bench")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, silent


def test_the_map_names_every_package() -> None:
    import bot

    assert bot.__doc__
    for path in (ROOT / "bot").iterdir():
        name = path.stem
        if name.startswith("__") or (path.is_dir() and not (path / "__init__.py").exists()):
            continue
        assert f"`{name}`" in bot.__doc__, f"bot/__init__.py does not mention {name}"


def test_the_readme_names_every_command_of_the_bot_and_every_word_of_make() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = {
        match
        for path in modules("cogs")
        for match in re.findall(r"app_commands\.command\(\s*name=\"([\w-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert commands, "no command found in cogs/: has the decorator changed its shape?"
    assert not [name for name in commands if f"`/{name}" not in readme]
    for target in ("demo", "test"):
        assert f"make {target}" in readme


def test_a_package_where_a_library_of_that_name_is_imported_would_shadow_it() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("name", ["runtime", "browser-tls", "dev", "uv"])
def test_pins_carry_hashes_and_no_address(name: str) -> None:
    pins = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "--hash=sha256:" in pins
    assert "://" not in pins
    assert not re.findall(r"^--?[a-z-]*(index|find-links|trusted)", pins, re.MULTILINE)


def test_nothing_tracked_names_this_machine_or_holds_captured_rooms() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if name.endswith((".jsonl.gz", ".db", ".env")) or name == "config.toml"]
    own = str(ROOT.parent) + "/"
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".ini", ".txt", ".js", ".css", ".html", ".proto", ""} and path.is_file():
            assert own not in path.read_text(encoding="utf-8", errors="replace"), name
