"""Texts without secrets: what goes to files, to MLflow or to a log.

Secrets are known in two ways. An address is one wherever it stands: what is before its @, and its query, are left out.
And what a configuration took from the environment is noted here, to be replaced by where it came from.
"""

from __future__ import annotations

import io
import re
from typing import TextIO
from urllib.parse import parse_qsl, unquote

from runner.texts import is_number

# A user and password end at the last @ before a blank or a quote. One that holds a slash can't be told from a port
# and a path with an @, unless it begins with another character than a digit.
_USER = re.compile(r"://(?:[^\s/?#'\"<>\\]+|[^\s/?#'\"<>\\:@]*:(?!\d+/)(?:(?!://)[^\s'\"<>\\])*)@")
_QUERY = re.compile(r"(://[^\s?'\"<>\\]*\?)[^\s'\"<>\\]+")
# Shorter texts stand in others by chance.
_SHORTEST = 4

_replacements: dict[str, str] = {}


def redact(text: str) -> str:
    """`text` without users, passwords and queries of addresses, and without what is known to be secret."""
    # Nearly all texts have none, and searching a character is ten times as fast as a regular expression.
    for secret, shown in _replacements.items():
        if secret in text:
            text = text.replace(secret, shown)
    if "://" not in text:
        return text
    if "@" in text:
        text = _USER.sub("://***@", text)
    return _QUERY.sub(r"\1***", text) if "?" in text else text


def redacted_address(address: str) -> str:
    """One whole address without user, password and query: it may have blanks and quotes that end one in a text."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return redact(address)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    port = authority.rpartition(":")[2]
    if "@" in authority or (":" in authority and not port.isdigit()):
        user, at, rest = rest.rpartition("@")
        rest = f"***@{rest}" if at or not user else rest
    path, mark, query = rest.partition("?")
    return f"{scheme}://{path}?***" if mark and query else f"{scheme}://{rest}"


def keep_address(address: str) -> None:
    """Have `redact` know an address, its password and the values of its query, wherever they stand alone."""
    shown = redacted_address(address)
    if shown == address or "***" in address:
        return
    rest = address.partition("://")[2]
    user = rest.rpartition("@")[0]
    _, colon, password = user.partition(":")
    parts = [user, password if colon else user, *re.split(r"[/?#]", password)]
    parts += [value for _, value in parse_qsl(rest.partition("?")[2])]
    _note({part: "***" for text in parts for part in (text, unquote(text))} | {address: shown})


def keep(secret: str, shown: str) -> None:
    """Have `redact` replace `secret` by `shown`; but for short ones, numbers and words of YAML."""
    if not is_number(secret) and secret.lower() not in ("true", "false", "null", "none"):
        _note({secret: shown})


def forget() -> None:
    """Forget what was to be kept."""
    _replacements.clear()


def revealed(text: str) -> str:
    """`text` with what it says of the environment filled in; `KeyError` where a variable isn't set."""
    if "${oc.env:" not in text:
        return text
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        return str(OmegaConf.create({"value": text}).value)
    except OmegaConfBaseException as error:
        raise KeyError(str(error).splitlines()[0]) from error


def _note(found: dict[str, str]) -> None:
    known = _replacements | {secret: shown for secret, shown in found.items() if len(secret) >= _SHORTEST}
    longest_first = sorted(known.items(), key=lambda item: -len(item[0]))
    _replacements.clear()
    _replacements.update(longest_first)


class Redacted(io.TextIOBase):
    """A text stream that removes secrets: MLflow prints addresses, and errors quote them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text` without its secrets, and flush."""
        self._stream.write(redact(text))
        self._stream.flush()
        return len(text)
