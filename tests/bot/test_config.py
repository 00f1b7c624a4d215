"""The configuration: what an operator writes, what they are told when it is wrong, and a reference that cannot rot."""

from __future__ import annotations

import os
import re
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot import config
from bot.config import Config, load
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
SETTING = re.compile(r"^# ([a-z_]+) = (.*)$")

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's config.toml nor their environment takes part."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("RELAY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return to_file


def fault(file: Path | None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file)
    return str(caught.value)


# --- reading ---------------------------------------------------------------------------------------------------------------


def test_without_a_file_and_environment_everything_has_its_default() -> None:
    settings = load()
    assert settings == Config()
    assert settings.discord.api_base == "https://discord.com/api/v10"
    assert settings.delivery.post_every_s == 1.25
    assert settings.limits.watches_per_guild == 50


def test_config_toml_is_read_when_it_is_there(write: Write) -> None:
    write("[limits]\nwatches_per_guild = 7\n")
    assert load().limits.watches_per_guild == 7


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_DELIVERY__LANE_LINES", "9")
    settings = load(write("[delivery]\nlane_lines = 5\npost_every_s = 2.0\n"))
    assert (settings.delivery.lane_lines, settings.delivery.post_every_s) == (9, 2.0)


def test_a_list_in_the_environment_is_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_DISCORD__ALLOWED_GUILDS", "1, 2")
    assert load().discord.allowed_guilds == (1, 2)


def test_a_base_address_loses_its_last_slash(write: Write) -> None:
    assert load(write('[tiktok]\nweb_base = "http://127.0.0.1:8080/"')).tiktok.web_base == "http://127.0.0.1:8080"


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().limits.creators = 1


# --- secrets ---------------------------------------------------------------------------------------------------------------


def test_a_token_may_come_from_a_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc.def\n")
    settings = load(write('[discord]\ntoken_file = "token"'))
    assert settings.discord.require_token() == "abc.def"


def test_secrets_never_show_in_a_repr(write: Write) -> None:
    settings = load(
        write('[discord]\ntoken = "hush-1"\n[tiktok]\nsign_api_key = "hush-2"\n[storage]\nurl = "postgresql://u:hush-3@h/d"')
    )
    assert "hush" not in repr(settings)
    assert settings.secrets() == ("hush-1", "hush-2", "hush-3")


def test_a_login_and_a_proxys_password_are_secrets_too(write: Write, tmp_path: Path) -> None:
    (tmp_path / "login").write_text("hush-1\n")
    settings = load(
        write('[tiktok]\nsession_id_file = "login"\nproxy_url = "http://u:hush-2@proxy:8080"\ntiktools_api_key = "hush-3"')
    )
    assert settings.tiktok.session_id.get_secret_value() == "hush-1"
    assert settings.tiktok.proxy_url.get_secret_value() == "http://u:hush-2@proxy:8080"
    assert "hush" not in repr(settings)
    assert set(settings.secrets()) == {"hush-1", "hush-2", "hush-3"}


def test_sources_may_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_TIKTOK__SOURCES", "direct, webcast")
    assert load().tiktok.sources == ("direct", "webcast")


def test_a_missing_token_is_one_sentence_with_the_next_step() -> None:
    with pytest.raises(ConfigError, match=r"RELAY_DISCORD__TOKEN or discord\.token_file"):
        load().discord.require_token()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("", "is empty"),
        ("Bot hush", "without 'Bot '"),
        ("hush hush", "has blanks"),
    ],
)
def test_a_bad_secret_file_is_named_and_its_content_is_not(write: Write, tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    said = fault(write('[tiktok]\nsign_api_key_file = "key"'))
    assert "tiktok.sign_api_key_file = 'key'" in said
    assert says in said
    assert "hush" not in said


def test_a_secret_and_its_file_together_are_refused(write: Write) -> None:
    assert fault(write('[discord]\ntoken = "a"\ntoken_file = "b"')) == (
        "discord.token and discord.token_file are both set. Keep one of them."
    )


@pytest.mark.parametrize(
    "text",
    [
        '[discord]\ntoken = "hush hush"',
        '[discord]\ntokn = "hush"',
        '[discord]\ntoken = ["hush"]',
        'discord = "hush"',
        'token = "hush"',
        '[[discord]]\ntoken = "hush"',
        '[disc]\ntoken = "hush"',
        '[storage]\nurl = ["postgresql://u:hush@h/d"]',
        '[tiktok]\nweb_base = "http://u:hush@h"',
    ],
)
def test_a_fault_never_repeats_what_may_be_a_secret(write: Write, text: str) -> None:
    assert "hush" not in fault(write(text))


# --- faults ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[discord]\ntokn = 1", "discord.tokn is not a setting. The nearest is discord.token; config.example.toml lists all."),
        (
            "[delivery]\nwatches_per_guild = 1",
            "delivery.watches_per_guild is not a setting. The nearest is limits.watches_per_guild; "
            "config.example.toml lists all.",
        ),
        ("[discrod]", "[discrod] is not a section. The nearest is [discord]; config.example.toml lists all."),
        ("levl = 1", "levl stands outside any section. The nearest setting is level below [log]."),
        ("log = 1", "log must be a table. Start it with [log] and put its keys below, as config.example.toml does."),
        (
            "[tiktok]\nsources = ['carrier pigeon']",
            "tiktok.sources = 'carrier pigeon': it must be 'webcast', 'direct' or 'tiktools'.",
        ),
        ("[tiktok]\nsources = []", "tiktok.sources: name at least one, each once, the preferred one first."),
        (
            "[tiktok]\nsources = ['direct', 'direct']",
            "tiktok.sources: name at least one, each once, the preferred one first.",
        ),
        (
            "[tiktok]\nproxy_url = 'socks5://u:p@h'",
            "tiktok.proxy_url: not a proxy's address; write it like http://user:password@proxy.example:8080.",
        ),
        ("[tiktok]\nsign_route = 'both'", "tiktok.sign_route = 'both': it must be 'auto', 'old' or 'new'."),
        ("[tiktok]\nsession_to_sign_server = 'maybe'", "tiktok.session_to_sign_server = 'maybe': it must be true or false."),
        ("[tiktok]\npoll_every_s = 'fast'", "tiktok.poll_every_s = 'fast': it must be a number."),
        ("[tiktok]\npoll_every_s = 0", "tiktok.poll_every_s = 0: it must be at least 1.0."),
        ("[tiktok]\nuser_agent = 'é'", "tiktok.user_agent = 'é': it must be plain ASCII text in one line."),
        ("[delivery]\nrequests_per_s = nan", "delivery.requests_per_s = nan: it must be a finite number."),
        ("[delivery]\nlane_lines = 1.5", "delivery.lane_lines = 1.5: it must be a whole number."),
        ("[delivery]\nlane_lines = -1", "delivery.lane_lines = -1: it must be greater than 0."),
        ("[discord]\nallowed_guilds = ['x']", "discord.allowed_guilds = 'x': it must be a whole number."),
        ("[discord]\nallowed_guilds = 5", "discord.allowed_guilds = 5: it must be a list, like [1, 2]."),
        ("[discord]\ntoken = 5", "discord.token: it must be text in quotes."),
        ("[storage]\nurl = ''", "storage.url = '': it must be text that is not empty."),
        ("[log]\nlevel = 'loud'", "log.level = 'LOUD': it must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
        (
            "[discord]\napi_base = 'discord.com'",
            "discord.api_base = 'discord.com': not a web address; write it like https://example.com/path.",
        ),
        (
            "[tiktok]\nsign_base = 'https://s?k=1'",
            "tiktok.sign_base = 'https://s?k=1': "
            "a base address is only scheme, host, port and path; leave out user names, ? and #.",
        ),
    ],
)
def test_a_fault_names_file_key_value_and_next_step(write: Write, text: str, sentence: str) -> None:
    file = write(text)
    assert fault(file) == f"{file}: {sentence}"


def test_every_fault_is_told_at_once_in_a_line_of_its_own(write: Write) -> None:
    said = fault(write("[log]\nlevel = 'x'\n[limits]\ncreators = 0\ncreatrs = 1"))
    assert len(said.splitlines()) == 3


def test_a_malformed_file_says_where(write: Write) -> None:
    assert "is not valid TOML" in fault(write("[log"))
    assert "line 2" in fault(write("[log]\nlevel = ?"))


def test_a_file_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text (byte 0)" in fault(tmp_path / "c.toml")


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert "does not exist. Copy config.example.toml there" in fault(tmp_path / "nowhere.toml")
    assert "cannot be read: Is a directory" in fault(tmp_path)


def test_a_fault_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LIMITS__CREATORS", "many")
    assert fault(None) == "environment: RELAY_LIMITS__CREATORS = 'many': it must be a whole number."


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("RELAY_DISCORD__TOKN", "RELAY_DISCORD__TOKEN"),
        ("RELAY_DISCORD", "RELAY_DISCORD__TOKEN"),
        ("RELAY_TOKEN", "RELAY_DISCORD__TOKEN"),
        ("RELAY_LOG_LEVEL", "RELAY_LOG__LEVEL"),
    ],
)
def test_an_unknown_variable_names_the_nearest(monkeypatch: pytest.MonkeyPatch, name: str, nearest: str) -> None:
    monkeypatch.setenv(name, "hush")
    assert fault(None) == f"environment: {name} is not a setting. The nearest is {nearest}; unset it or correct its name."


# --- the reference ---------------------------------------------------------------------------------------------------------


def uncommented() -> dict[str, Any]:
    """The example as if an operator had removed every # before a setting."""
    return tomllib.loads("\n".join(SETTING.sub(r"\1 = \2", line) for line in EXAMPLE.read_text().splitlines()))


def test_the_example_changes_nothing_until_it_is_edited() -> None:
    assert load(EXAMPLE) == Config()


def test_the_example_has_every_setting_in_order_with_its_default() -> None:
    example = uncommented()
    assert {section: tuple(keys) for section, keys in example.items()} == config.known_keys()
    for section, keys in example.items():
        for key, value in keys.items():
            default = getattr(getattr(Config(), section), key)
            plain = default.get_secret_value() if isinstance(default, SecretStr) else default
            assert (list(plain) if isinstance(plain, tuple) else plain) == value, f"{section}.{key}"


def test_the_example_explains_every_setting_in_the_words_of_the_class() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for section, keys in config.known_keys().items():
        fields = type(getattr(Config(), section)).model_fields
        start = lines.index(f"[{section}]")
        for key in keys:
            at = next(i for i in range(start, len(lines)) if lines[i].startswith(f"# {key} = "))
            sentence = textwrap.wrap(fields[key].description or "", 118, initial_indent="# ", subsequent_indent="# ")
            assert sentence, f"{section}.{key} has no sentence"
            assert lines[at - len(sentence) : at] == sentence, f"{section}.{key}"
