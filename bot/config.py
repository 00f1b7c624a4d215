"""Configuration: TOML, then the environment, read once into frozen sections.

An environment variable is `RELAY_<SECTION>__<KEY>` and wins over the file. Whatever is wrong becomes one `ConfigError` with a
sentence for each fault: where it stands, what it says (unless that may be a secret), and the next step. `config.example.toml`
is the reference for operators; a test holds it equal to these classes, sentence by sentence.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import ConfigError

DEFAULT_PATH = Path("config.toml")
ENV_PREFIX = "RELAY_"
LEVELS = "__"

_WANTED = {
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "plain ASCII text in one line",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "tuple_type": "a list, like [1, 2]",
}
"""What pydantic's kinds of fault mean to an operator, after "it must be"."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _http_base(url: str) -> str:
    """A base address: scheme and host, maybe a path; paths are appended to it, so it ends without a slash."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        msg = "not a web address; write it like https://example.com/path"
        raise ValueError(msg) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine or any(c.isspace() for c in url):
        msg = "not a web address; write it like https://example.com/path"
        raise ValueError(msg)
    if parts.username is not None or parts.query or parts.fragment:
        msg = "a base address is only scheme, host, port and path; leave out user names, ? and #"
        raise ValueError(msg)
    return url.rstrip("/")


def _proxy(secret: SecretStr) -> SecretStr:
    """A proxy's address; it may hold a user name and a password."""
    url = secret.get_secret_value().strip()
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_fine = False
    if url and (not is_fine or any(c.isspace() for c in url)):
        msg = "not a proxy's address; write it like http://user:password@proxy.example:8080"
        raise ValueError(msg)
    return SecretStr(url)


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or len(set(names)) < len(names):
        msg = "name at least one, each once, the preferred one first"
        raise ValueError(msg)
    return names


def _one_word(secret: SecretStr) -> SecretStr:
    """A secret goes into an HTTP header: a stray blank or line break would break every request."""
    value = secret.get_secret_value().strip()
    if value.lower().startswith("bot "):
        msg = "paste the token alone, without 'Bot ' in front"
        raise ValueError(msg)
    if not value.isascii() or not value.isprintable() or " " in value:
        msg = "not usable as a secret: it has blanks or characters beyond ASCII; copy it again"
        raise ValueError(msg)
    return SecretStr(value)


def _split_commas(value: object) -> object:
    """Lists may be written `1,2` in an environment variable."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


HttpBase = Annotated[str, AfterValidator(_http_base)]
Secret = Annotated[SecretStr, AfterValidator(_one_word)]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy)]
SourceName = Literal["webcast", "direct", "tiktools"]
SourceNames = Annotated[tuple[SourceName, ...], NoDecode, BeforeValidator(_split_commas), AfterValidator(_each_once)]
Snowflakes = Annotated[tuple[Annotated[int, Field(gt=0)], ...], NoDecode, BeforeValidator(_split_commas)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(gt=0)]
Retained = Annotated[int, Field(gt=0, le=100_000)]


class Section(BaseModel):
    """What all sections share. The docstring under a key is its sentence in `config.example.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Discord(Section):
    """The bot's account, and where Discord is."""

    token: Secret = SecretStr("")
    """The bot's token, from discord.com/developers > your application > Bot. Better kept in token_file or the environment."""

    token_file: str = ""
    """A file that holds nothing but the token, instead of token."""

    api_base: HttpBase = "https://discord.com/api/v10"
    """Discord's REST address; the gateway's address is asked there. Change it for the sandbox or a proxy."""

    allowed_guilds: Snowflakes = ()
    """Ids of the servers that may use the bot; empty: every server that invites it."""

    def require_token(self) -> str:
        """The token, in the clear, for the one call that logs in."""
        if not self.token.get_secret_value():
            msg = (
                "discord.token is not set. Copy the token from discord.com/developers > your application > Bot, "
                "then set RELAY_DISCORD__TOKEN or discord.token_file."
            )
            raise ConfigError(msg)
        return self.token.get_secret_value()


class TikTok(Section):
    """Where TikTok and the sign server are, and how we call."""

    sources: SourceNames = ("webcast",)
    """Ways to a room's events, the preferred first: webcast (signed), direct (unsigned; may end any day), tiktools (its edge)."""

    web_base: HttpBase = "https://www.tiktok.com"
    """TikTok's web address, where a creator's live page is looked up."""

    webcast_base: HttpBase = "https://webcast.tiktok.com/webcast"
    """TikTok's live API, where a known room is checked."""

    sign_base: HttpBase = "https://api.eulerstream.com"
    """The sign server: a third party whose signature opens the stream of a room."""

    sign_api_key: Secret = SecretStr("")
    """Key for the sign server; empty: its small anonymous allowance. Better kept in sign_api_key_file or the environment."""

    sign_api_key_file: str = ""
    """A file that holds nothing but the sign server's key, instead of sign_api_key."""

    sign_route: Literal["auto", "old", "new"] = "auto"
    """The sign server's route: old, new, or auto: the old one until the server says that it is gone."""

    # The smallest plan that is free; each connect and reconnect counts.
    sign_connects_per_day: PositiveInt = 2500
    """Connects a day that the sign server's key pays for. Without a key 5 a minute and 30 an hour are kept to."""

    push_base: HttpBase = "https://webcast-ws.tiktok.com"
    """Where TikTok's push sockets are opened without a signature (source direct)."""

    tiktools_base: HttpBase = "https://api.tik.tools"
    """The TikTools edge: a third party that reads rooms for us (source tiktools)."""

    tiktools_api_key: Secret = SecretStr("")
    """Key for TikTools; empty: its tiny anonymous allowance. Better kept in tiktools_api_key_file or the environment."""

    tiktools_api_key_file: str = ""
    """A file that holds nothing but the TikTools key, instead of tiktools_api_key."""

    # Half of what the smallest plan has a day (5,000 requests, 20 a minute).
    tiktools_checks_per_day: Annotated[int, Field(ge=0)] = 2500
    """Bulk live checks a day, 50 creators each, that the TikTools key pays for; 0: none. Only with tiktools among the sources."""

    tiktools_look_ups_per_day: Annotated[int, Field(ge=0)] = 1000
    """Look-ups a day at TikTools, one creator each, where TikTok's pages do not answer; 0: none. Without a key at most 20."""

    proxy_url: ProxyUrl = SecretStr("")
    """HTTP proxy for everything that goes to TikTok and the sign server, as TikTok often blocks data centres; empty: none."""

    session_id: Secret = SecretStr("")
    """Cookie sessionid of a TikTok account, which then sees more comments and may be banned. Better kept in session_id_file."""

    session_id_file: str = ""
    """A file that holds nothing but the cookie, instead of session_id."""

    tt_target_idc: Annotated[str, Field(pattern=r"^[\w-]+$")] = "useast1a"
    """Cookie tt-target-idc of the same account: the data centre that it lives in."""

    session_to_sign_server: bool = False
    """Whether the sign server, a third party, is shown session_id as well. It could act as the account."""

    # TikTok's firewall bans addresses that ask for 20 users every 5 s; 30 to 60 s apart is what others found to be left alone.
    poll_every_s: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 60.0
    """Seconds between two looks whether a creator is live. Below 30 TikTok may lock the address out."""

    # The same one must go to the pages, the sign server and the stream, else TikTok refuses the stream.
    user_agent: Annotated[str, Field(min_length=1, pattern=r"^[\x20-\x7e]+$")] = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    )
    """The browser that we say we are, to TikTok and to the sign server."""


class Storage(Section):
    """Where watches, the event log and the ledger are kept."""

    url: Annotated[str, Field(min_length=1, repr=False)] = "sqlite:///var/relay.db"
    """SQLAlchemy URL of the database; a relative path starts where the bot is started."""


class Delivery(Section):
    """How lines become Discord messages."""

    # Discord takes 5 messages per 5 s and channel; a quarter is left for people and corrections.
    post_every_s: Annotated[float, Field(ge=0.1, allow_inf_nan=False)] = 1.25
    """Seconds between two posts of the bot in one channel. Discord takes no more than one a second for long."""

    lane_lines: Annotated[int, Field(gt=0, le=5_000)] = 500
    """Lines that may wait for one channel; when more come, the oldest chat lines go and the next post says how many."""

    freshness_s: PositiveFloat = 300.0
    """Seconds after which a waiting line is old news: it is counted in a summary instead of posted."""

    # Discord's limit is 50 per second as it counts them; 45 leaves room for latency.
    requests_per_s: PositiveFloat = 45.0
    """Requests per second to Discord over all channels. Raise it only if Discord has raised your bot's limit of 50."""


class Limits(Section):
    """What one community, or all together, may ask for."""

    watches_per_guild: PositiveInt = 50
    """Watches that one server may have."""

    creators: PositiveInt = 500
    """Different creators that all servers together may watch; each costs one connection and its share of the signing quota."""


class Retention(Section):
    """How long things are kept."""

    log_hours: Retained = 48
    """Hours that events stay in the log."""

    log_mib: Annotated[int, Field(gt=0, le=10_000_000)] = 2048
    """Mebibytes that the log may grow to; the oldest events go first."""

    comment_days: Retained = 7
    """Days that viewers' comments are kept, so that a deletion can be matched with what was said."""


class Ops(Section):
    """Figures and health over HTTP, for the operator's own tools. docs/operating.md lists them."""

    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port of /metrics, /healthz and /readyz; 0: nothing listens."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen on. There is no password: on any other than 127.0.0.1, say by a firewall who may read it."""


class Log(Section):
    """What the bot says about itself, on standard error."""

    level: Annotated[LogLevel, BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level)] = "INFO"
    """Least level that is printed: DEBUG, INFO, WARNING or ERROR. INFO is changes of state only."""


class Config(BaseSettings):
    """All sections. Build it with `load`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter=LEVELS)

    discord: Discord = Discord()
    tiktok: TikTok = TikTok()
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    limits: Limits = Limits()
    retention: Retention = Retention()
    ops: Ops = Ops()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The first wins: the environment, then what `load` read from TOML. No .env file, nothing implicit."""
        return env_settings, init_settings

    def secrets(self) -> tuple[str, ...]:
        """Every secret value in the clear: only for the log filter that hides them."""
        tiktok = self.tiktok
        held = (self.discord.token, tiktok.sign_api_key, tiktok.tiktools_api_key, tiktok.session_id)
        passwords = (_password(tiktok.proxy_url.get_secret_value()), _password(self.storage.url))
        known = (*(secret.get_secret_value() for secret in held), *passwords)
        return tuple(secret for secret in known if secret)


def load(path: Path | None = None) -> Config:
    """Read the configuration. `path` must exist when it is given; otherwise config.toml is read if it is there."""
    file = path if path is not None else DEFAULT_PATH
    tables = _read_toml(file) if path is not None or file.exists() else {}
    faults = [_unknown_variable(name) for name in os.environ if _is_unknown_variable(name)]
    if faults:
        raise ConfigError("\n".join(faults))
    try:
        config = Config(**tables)
    except ValidationError as error:
        sentences = [_sentence(fault, file, os.environ) for fault in error.errors(include_url=False)]
        raise ConfigError("\n".join(dict.fromkeys(sentences))) from None
    return _with_secret_files(config)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{file} does not exist. Copy config.example.toml there, or name another file with --config."
        raise ConfigError(msg) from None
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}. Check its path and permissions."
        raise ConfigError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{file} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        raise ConfigError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is not valid TOML: {error}. Compare with config.example.toml."
        raise ConfigError(msg) from None


def _with_secret_files(config: Config) -> Config:
    tiktok, names = config.tiktok, ("sign_api_key", "tiktools_api_key", "session_id")
    token = _secret("discord.token", config.discord.token, config.discord.token_file)
    found = {name: _secret(f"tiktok.{name}", getattr(tiktok, name), getattr(tiktok, f"{name}_file")) for name in names}
    return config.model_copy(
        update={
            "discord": config.discord.model_copy(update={"token": token}),
            "tiktok": tiktok.model_copy(update=found),
        }
    )


def _secret(key: str, value: SecretStr, file: str) -> SecretStr:
    """The secret itself, or the one in its file."""
    if not file:
        return value
    if value.get_secret_value():
        msg = f"{key} and {key}_file are both set. Keep one of them."
        raise ConfigError(msg)
    try:
        found = _one_word(SecretStr(Path(file).read_text(encoding="utf-8")))
    except OSError as error:
        msg = f"{key}_file = {file!r} cannot be read: {error.strerror}. Check the path and who may read it."
        raise ConfigError(msg) from None
    except ValueError as error:  # a UnicodeDecodeError is one; neither message holds the secret
        reason = "it is not text" if isinstance(error, UnicodeDecodeError) else error
        msg = f"{key}_file = {file!r}: {reason}. The file must hold the secret alone."
        raise ConfigError(msg) from None
    if not found.get_secret_value():
        msg = f"{key}_file = {file!r} is empty. Put the secret there, and nothing else."
        raise ConfigError(msg)
    return found


def known_keys() -> dict[str, tuple[str, ...]]:
    """Every section with its keys, in the order of the classes."""
    return {name: tuple(_section(name).model_fields) for name in Config.model_fields}


def _section(name: str) -> type[Section]:
    annotation = Config.model_fields[name].annotation
    if not (isinstance(annotation, type) and issubclass(annotation, Section)):
        raise TypeError(name)
    return annotation


def _nearest(key: str) -> str:
    """The known `section.key` that comes closest: by its last word first, for keys that stand in the wrong section."""
    dotted = [f"{section}.{name}" for section, names in known_keys().items() for name in names]
    close = get_close_matches(key, dotted, n=1, cutoff=0.75)
    if close:
        return close[0]
    leaves = {name.partition(".")[2]: name for name in reversed(dotted)}
    leaf = get_close_matches(key.rpartition(".")[2], list(leaves), n=1, cutoff=0.75)
    return leaves[leaf[0]] if leaf else get_close_matches(key, dotted, n=1, cutoff=0.0)[0]


def _nearest_section(name: str) -> str:
    return get_close_matches(name, list(known_keys()), n=1, cutoff=0.0)[0]


def _variable(key: str) -> str:
    """The environment variable of `section.key`."""
    return ENV_PREFIX + key.replace(".", LEVELS).upper()


def _is_unknown_variable(name: str) -> bool:
    if not name.upper().startswith(ENV_PREFIX):
        return False
    section, _, key = name[len(ENV_PREFIX) :].lower().partition(LEVELS)
    return key not in known_keys().get(section, ())


def _unknown_variable(name: str) -> str:
    nearest = _nearest(name[len(ENV_PREFIX) :].lower().replace(LEVELS, "."))
    return f"environment: {name} is not a setting. The nearest is {_variable(nearest)}; unset it or correct its name."


def _sentence(fault: ErrorDetails, file: Path, environment: Mapping[str, str]) -> str:
    """One fault that pydantic found, in our words."""
    names = [str(part) for part in fault["loc"][:2]]
    key = ".".join(names)
    if fault["type"] == "extra_forbidden" and len(names) == 1:
        return _unknown_top_level(key, fault["input"], file)
    if fault["type"] == "extra_forbidden":
        return f"{file}: {key} is not a setting. The nearest is {_nearest(key)}; config.example.toml lists all."
    if len(names) == 1:
        return f"{file}: {key} must be a table. Start it with [{key}] and put its keys below, as config.example.toml does."
    variable = _variable(key)
    where = f"environment: {variable}" if variable in environment else f"{file}: {key}"
    return f"{where}{_shown(key, fault['input'])}: {_remedy(fault)}."


def _unknown_top_level(name: str, value: object, file: Path) -> str:
    if isinstance(value, dict):
        return f"{file}: [{name}] is not a section. The nearest is [{_nearest_section(name)}]; config.example.toml lists all."
    section, _, leaf = _nearest(name).partition(".")
    return f"{file}: {name} stands outside any section. The nearest setting is {leaf} below [{section}]."


def _shown(key: str, value: object) -> str:
    """` = value` for messages, unless it may be a secret or too much to read."""
    section, _, name = key.partition(".")
    is_secret = isinstance(_section(section).model_fields[name].default, SecretStr)
    if is_secret or not isinstance(value, str | int | float) or (isinstance(value, str) and ("@" in value or len(value) > 80)):
        return ""
    return f" = {value!r}"


def _remedy(fault: ErrorDetails) -> str:
    """What would be right."""
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    wanted = _WANTED.get(fault["type"])
    return f"it must be {wanted.format_map(fault.get('ctx', {}))}" if wanted else fault["msg"]


def _password(url: str) -> str:
    """The password in a database URL, empty when there is none."""
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
