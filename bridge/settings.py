"""Deployment: which homeserver, which forum, where the state lives. ``config/bridge.yaml`` and the environment.

Secrets are never in the file and never on the command line: they come from files named here, or from the
environment (``TUDANG_PASSWORD``, ``TUDANG_ACCESS_TOKEN``, ``TUDANG_DATABASE_PASSWORD``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import parse_qs, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from bridge.model.situation import PREVIEW


class SettingsError(Exception):
    """The settings cannot be used. The message has one line per fault, each saying what to write instead."""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{value!r} is no web address; write it as https://forum.example.org")
    return value.rstrip("/")


def database_url(value: str) -> str:
    """The address of a PostgreSQL database, as it may stand in a file and on a command line.

    Raises ValueError for another one, and for one with a password in it.
    """
    parts = urlsplit(value)
    whole = value.startswith(("postgresql://", "postgres://")) and len(parts.path) > 1 and not parts.fragment
    if not whole:
        # What was given may hold a password, and is not repeated.
        raise ValueError("write it as postgresql://tudang@db.example.org/forum")
    if ":" in parts.netloc.rpartition("@")[0] or parse_qs(parts.query).keys() & {"password", "sslpassword"}:
        raise ValueError(
            "a password does not belong here; put it into a file (0600) that database.password_file names, or set "
            "TUDANG_DATABASE_PASSWORD"
        )
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HomeserverSettings(_Part):
    """Where the bot's account lives."""

    url: str = Field(description="Address of the homeserver's client API, as http://127.0.0.1:8008.")
    user: str = Field(description='The bot\'s account, as "@tudang:example.org".')
    password_file: Path | None = Field(
        default=None, description="File that holds the password (0600). Or set TUDANG_PASSWORD."
    )
    access_token_file: Path | None = Field(
        default=None, description="File that holds an access token (0600). Or set TUDANG_ACCESS_TOKEN."
    )
    admin_token_file: Path | None = Field(
        default=None,
        description="File that holds a homeserver admin's access token (0600), or set TUDANG_ADMIN_TOKEN: then "
        "messages that members report with their app come to the control room. For Synapse.",
    )


def _by_name(value: object) -> object:
    """A list of working groups as a mapping: each by its alias without # and server, or by its id."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return value
    return {one[1:].partition(":")[0] if one.startswith("#") else one: one for one in value}


class WantedRoom(NamedTuple):
    """A room that the settings name."""

    kind: str
    """forum, control, audit, group or space."""
    name: str
    """How policy.yaml and people call it: its kind, or the name of a working group."""
    address: str
    """Its alias (#name:server) or id (!id)."""


class RoomSettings(_Part):
    """The rooms of the forum, by alias (#name:server) or id (!id)."""

    forum: str = Field(description="Where leaders and heads speak.")
    control: str = Field(description="Where experts steer the bot.")
    audit: str | None = Field(default=None, description="Where weekly bundles are posted for auditors.")
    groups: Annotated[Mapping[str, str], BeforeValidator(_by_name)] = Field(
        default={},
        description="Working groups: the name that policy.yaml has for each under `rooms`, and its alias or id. A "
        "list of aliases and ids will do; then the alias without # and server is the name.",
    )
    space: str | None = Field(default=None, description="A space for everybody who is in one of these rooms.")

    @field_validator("groups")
    @classmethod
    def _names_are_free(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if taken := sorted(value.keys() & {"forum", "control", "audit", "space"}):
            raise ValueError(f"a working group cannot be called {taken[0]!r}; give it another name")
        return value

    def wanted(self) -> tuple[WantedRoom, ...]:
        """All of them, the forum first."""
        single = (("forum", self.forum), ("control", self.control), ("audit", self.audit))
        return (
            *(WantedRoom(kind, kind, address) for kind, address in single if address),
            *(WantedRoom("group", name, address) for name, address in self.groups.items()),
            *((WantedRoom("space", "space", self.space),) if self.space else ()),
        )


class ForumSettings(_Part):
    """One forum: a roster, a policy, a number space, a chain."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short id that never changes: soppeng.")
    rooms: RoomSettings = Field(description="The forum's rooms.")
    preview: bool = Field(
        default=False,
        description="Try out: everything is decided and recorded in a record of its own; only the control and "
        "audit rooms hear of it, and nobody is invited or removed.",
    )

    @field_validator("id")
    @classmethod
    def _no_previews_name(cls, value: str) -> str:
        if value.endswith(PREVIEW):
            raise ValueError(
                f'an id that ends with "{PREVIEW}" is that of a preview; write another, or preview: true'
            )
        return value

    @property
    def record(self) -> str:
        """The id under which everything is recorded now: the forum's own, or that of its preview."""
        return f"{self.id}{PREVIEW}" if self.preview else self.id


class WebSettings(_Part):
    """The health page, links to large bundles and, later, the portal."""

    listen: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, BeforeValidator(_whole)] = Field(default=8470, description="Port; 0 picks a free one.")
    public_url: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None,
        description="Where people reach /bundle/ through a proxy, as https://forum.example.org. Weekly bundles "
        "that are too large for the homeserver are posted as one-time links below it.",
    )


class DatabaseSettings(_Part):
    """A PostgreSQL database for the ledger, instead of the file in the state directory."""

    url: Annotated[str, AfterValidator(database_url)] = Field(
        description="Address of the database, as postgresql://tudang@db.example.org/forum?sslmode=verify-full. "
        "Directly, not through a pooler."
    )
    password_file: Path | None = Field(
        default=None,
        description="File that holds the password (0600). Or set TUDANG_DATABASE_PASSWORD, or let libpq find it.",
    )


class Settings(_Part):
    """Everything that differs between two deployments of the same forum."""

    homeserver: HomeserverSettings = Field(description="The bot's homeserver and account.")
    state: Path = Field(description="Directory of the ledger, the keys, the archive and the exports.")
    config: Path = Field(default=Path(), description="Directory of policy.yaml and roster.yaml.")
    database: DatabaseSettings | None = Field(
        default=None, description="Where the ledger lies, if not in the file ledger.db of `state`."
    )
    forum: ForumSettings = Field(description="The forum that this bridge holds.")
    web: WebSettings = Field(default=WebSettings(), description="The health page.")

    @property
    def ledger(self) -> Path:
        """The ledger's file, where it is one; see :func:`bridge.database.database_of`."""
        return self.state / "ledger.db"

    @property
    def keys(self) -> Path:
        """The encryption keys' database."""
        return self.state / "keys.db"

    @property
    def archive(self) -> Path:
        """The archive of photos and videos."""
        return self.state / "archive"

    @property
    def exports(self) -> Path:
        """Where weekly bundles are written."""
        return self.state / "exports"

    @property
    def openings(self) -> Path:
        """What bundles begin with, kept so that history is read once."""
        return self.state / "openings"


def load_settings(path: Path) -> Settings:
    """Read the settings; paths in the file are relative to its folder. Raises :class:`SettingsError`."""
    try:
        # The base loader leaves every scalar as it is written, so that no word is taken for another type.
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}. Give the right path with --config."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, Mapping):
        raise SettingsError(f"{path} holds no settings; see config/bridge.yaml for an example.")
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from error
    base = path.resolve().parent
    account, database = settings.homeserver, settings.database
    return settings.model_copy(
        update={
            "state": base / settings.state,
            "config": base / settings.config,
            "database": database.model_copy(update={"password_file": base / database.password_file})
            if database is not None and database.password_file is not None
            else database,
            "homeserver": account.model_copy(
                update={
                    "password_file": base / account.password_file if account.password_file else None,
                    "access_token_file": base / account.access_token_file if account.access_token_file else None,
                    "admin_token_file": base / account.admin_token_file if account.admin_token_file else None,
                }
            ),
        }
    )


class Secrets(BaseModel):
    """The bot's password or token; never shown."""

    model_config = ConfigDict(frozen=True)

    password: str | None = Field(default=None, repr=False)
    access_token: str | None = Field(default=None, repr=False)
    admin_token: str | None = Field(default=None, repr=False)
    """Of a homeserver admin, where reported messages are to be read."""


def load_secrets(settings: Settings, environment: Mapping[str, str] = os.environ) -> Secrets:
    """The secrets that the environment or the named files give. Raises :class:`SettingsError` without any."""
    password = environment.get("TUDANG_PASSWORD") or _secret(settings.homeserver.password_file)
    token = environment.get("TUDANG_ACCESS_TOKEN") or _secret(settings.homeserver.access_token_file)
    if password is None and token is None:
        raise SettingsError(
            "No password and no access token: set TUDANG_PASSWORD or TUDANG_ACCESS_TOKEN, or name a file that "
            "holds one under homeserver.password_file or homeserver.access_token_file."
        )
    admin = environment.get("TUDANG_ADMIN_TOKEN") or _secret(settings.homeserver.admin_token_file)
    return Secrets(password=password, access_token=token, admin_token=admin)


def database_password(settings: Settings, environment: Mapping[str, str] = os.environ) -> str | None:
    """The database's password, if we are to give one. Raises :class:`SettingsError`."""
    named = settings.database.password_file if settings.database is not None else None
    return environment.get("TUDANG_DATABASE_PASSWORD") or _secret(named)


def _secret(path: Path | None) -> str | None:
    """The text of a secret's file; None without one. Raises :class:`SettingsError`."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
