"""The key ring that secrets at rest are sealed with: the first key writes, all of them read.

A sealed text names its key and is bound to the place it was sealed for (``about``), so it opens in no other row or column. A look-up by
value goes through ``blind``, a keyed index. ``Keys`` is where the ring comes from. Nothing here shows a key, a plain text or a sealed
one, in errors and ``repr`` included.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.errors import Code, ConfigError, DependencyMissing, ZendeskPluginError
from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FEATURE: Final = "Storing secrets"
ATOM: Final = "atom"
"""The id of the key derived from ATOM's own; no other key may have it."""

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = "v1"
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=?")
_TO_URLSAFE: Final = str.maketrans("+/", "-_")
_CHARSET, _LONE = "utf-8", "surrogatepass"  # any text goes in and comes out as it was
# Fixed for good: another text is another key, and what was stored would not open or be found any more.
_ATOM_INFO: Final = b"atom_zendesk_plugin: key from ATOM_OAUTH_ENCRYPTION_KEY, v1"
_BLIND_INFO: Final = b"atom_zendesk_plugin: blind index, v1"

RandomBytes = Callable[[int], bytes]
Stamp = tuple[int, int, int]


class Unsealable(ZendeskPluginError):
    """A stored secret cannot be opened: run `atom-zendesk keys check` to see which key is missing."""

    code = Code.CONFIG_ERROR


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its id, and 32 secret bytes."""

    id: str
    secret: bytes = field(repr=False)

    @property
    def line(self) -> str:
        """The key written out as ``id:base64``: a secret, for the operator's own eyes and the key file."""
        return f"{self.id}:{base64.b64encode(self.secret).decode()}"


class KeyRing:
    """Keys in order of preference. Safe to share between threads. Raises DependencyMissing when it is made without ``cryptography``."""

    def __init__(self, keys: Sequence[Key], *, random: RandomBytes = os.urandom) -> None:
        """``random`` gives that many unpredictable bytes; each sealing takes new ones."""
        if not keys:
            raise ValueError("a key ring needs a key")
        aead = _aead()
        self._random = random
        self._ciphers = {key.id: aead(key.secret) for key in keys}
        self._blind_keys = {key.id: _derived(key.secret, _BLIND_INFO) for key in keys}
        if len(self._ciphers) != len(keys):
            raise ValueError("the ids of a key ring differ")

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.ids)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, the writing one first."""
        return tuple(self._ciphers)

    @property
    def writing_id(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    def seal(self, text: str, *, about: tuple[str, ...]) -> str:
        """Return the text sealed for the place that ``about`` names: table, column and row, in an order of the caller's."""
        nonce = self._random(_NONCE_BYTES)
        box = self._ciphers[self.writing_id].encrypt(nonce, _encoded(text), _joined(about))
        return f"{_VERSION}.{self.writing_id}.{base64.urlsafe_b64encode(nonce + box).decode().rstrip('=')}"

    def open(self, sealed: str, *, about: tuple[str, ...]) -> str:
        """Return what was sealed for exactly this place; raises Unsealable."""
        key_id, box = _parts(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(
                f"A stored secret was sealed with the key {key_id!r}, which is not configured: put that key back, behind the first "
                "one, or remove what was stored with it and connect again.",
                key=key_id,
            )
        plain = None
        # A failure's own text and frames stay out of the error, so that nothing of the secret travels along.
        with suppress(_refusal(), binascii.Error, ValueError):
            raw = base64.urlsafe_b64decode(box + "=" * (-len(box) % 4))
            plain = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _joined(about)).decode(_CHARSET, _LONE)
        if plain is None:
            raise Unsealable(
                f"A stored secret does not open with its key {key_id!r}: it was changed or moved in the database, or the key has another "
                "value than before. Restore the key or the row, or connect again.",
                key=key_id,
            )
        return plain

    def blind(self, text: str, *, about: tuple[str, ...]) -> str:
        """Return what finds this text again without telling it, under the writing key. The caller decides what counts as equal."""
        return _blinded(self._blind_keys[self.writing_id], text, about)

    def blinds(self, text: str, *, about: tuple[str, ...]) -> tuple[str, ...]:
        """Return the same under every key, to look for a value whose row may not be sealed anew yet."""
        return tuple(_blinded(key, text, about) for key in self._blind_keys.values())

    @staticmethod
    def id_of(sealed: str) -> str:
        """Return the id of the key that a text was sealed with; raises Unsealable for what is no sealed text."""
        return _parts(sealed)[0]


class Keys:
    """Where the ring comes from: a setting or a file, and ATOM's own key as the last one. Safe to share between threads.

    A file is looked at with each call and read again when it has changed, so that a running server takes up a new key. While it cannot
    be read, the ring of before goes on.
    """

    def __init__(self, text: str | None = None, file: str | Path | None = None, atom_key: str | None = None) -> None:
        """``text`` and the file hold ``id:base64`` entries; giving both is a ConfigError at first use. Nothing is read here."""
        self._text, self._atom_key = text, atom_key
        self.file: Path | None = Path(file) if file else None
        self._lock = threading.Lock()
        self._known: tuple[Stamp | None, KeyRing | None] | None = None
        self._complained = False

    def __repr__(self) -> str:
        return f"Keys(file={str(self.file)!r})" if self.file else "Keys()"

    def ring(self) -> KeyRing:
        """Return the ring. Raises ConfigError when there is no key or one cannot be used, DependencyMissing without cryptography."""
        found = self.find()
        if found is None:
            raise ConfigError(
                "No encryption key is set, so nothing secret can be stored: make one with `atom-zendesk keys generate` and set "
                "ZENDESK_ENCRYPTION_KEYS or ZENDESK_ENCRYPTION_KEYS_FILE."
            )
        return found

    def find(self) -> KeyRing | None:
        """Return the ring, None when no key is configured. Raises as ``ring`` does when one is and cannot be used."""
        if self.file is not None and self._text:
            raise ConfigError("ZENDESK_ENCRYPTION_KEYS and ZENDESK_ENCRYPTION_KEYS_FILE are both set: keep one of them.")
        with self._lock:
            if self.file is not None:
                return self._from_file(self.file)
            if self._known is None:
                self._known = (None, self._made(parse_keys(self._text or "")))
            return self._known[1]

    def _from_file(self, file: Path) -> KeyRing | None:
        try:
            found = file.stat()
            _check_private(file, found)
            if self._known is None or self._known[0] != _stamp(found):
                keys, stamp = _read(file)
                self._known = (stamp, self._made(keys))
            self._complained = False
        except (OSError, _Unreadable) as error:
            if self._known is None:
                raise ConfigError(_unreadable(file, error)) from None
            if not self._complained:
                event("zendesk.keys_file_unreadable", "warning", file=str(file), cause=_unreadable(file, error))
            self._complained = True
        return self._known[1]

    def _made(self, keys: tuple[Key, ...]) -> KeyRing | None:
        if self._atom_key:
            keys = (*keys, Key(ATOM, _derived(_encoded(self._atom_key), _ATOM_INFO)))
        return KeyRing(keys) if keys else None


def parse_keys(text: str) -> tuple[Key, ...]:
    """Read ``id:base64`` entries, separated by commas, blanks or line ends; base64 may be the standard or the URL-safe one.

    Raises ConfigError, which tells the place and the id of a wrong entry and never its value.
    """
    keys: dict[str, Key] = {}
    for place, entry in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
        key_id, _, value = entry.partition(":")
        if not value or not _ID.fullmatch(key_id):  # then even the part before the colon may be a secret
            raise ConfigError(
                f"Encryption key {place} is not id:base64, with an id of 1 to 32 small letters, digits, - and _ : make one with "
                "`atom-zendesk keys generate`."
            )
        if key_id == ATOM or key_id in keys:
            why = "this id is that of ATOM_OAUTH_ENCRYPTION_KEY" if key_id == ATOM else "this id was used before"
            raise ConfigError(f"Encryption key {place} ({key_id}): {why}; choose another one.")
        if not _BASE64.fullmatch(value):
            raise ConfigError(f"Encryption key {place} ({key_id}): what follows the id must be {KEY_BYTES} bytes in base64.")
        keys[key_id] = Key(key_id, base64.urlsafe_b64decode(value[:43].translate(_TO_URLSAFE) + "="))
    return tuple(keys.values())


def generate_key(random: RandomBytes = os.urandom) -> Key:
    """Make a key with an id of its own."""
    return Key(f"k{random(4).hex()}", random(KEY_BYTES))


def read_key_file(path: Path) -> tuple[Key, ...]:
    """Return the keys of a file, the writing one first. Raises ConfigError for a file that is missing, readable for others, or wrong."""
    try:
        return _read(path)[0]
    except (OSError, _Unreadable) as error:
        raise ConfigError(_unreadable(path, error)) from None


def write_key_file(path: Path, keys: Sequence[Key], *, replacing: Sequence[Key] | None = None) -> None:
    """Write the file in one step, readable for its owner only: a reader finds the old content or the new one, also after a power cut.

    ``replacing`` is what the file holds now, None for a file that must not exist yet; otherwise, and while somebody else writes it,
    ConfigError. A file that is replaced keeps owner, group and mode, and stays where a link to it leads; ConfigError when that cannot
    be. OSError when it cannot be written.
    """
    if replacing is not None:
        path = path.resolve()
    new = path.with_name(f".{path.name}.new")
    try:
        # Its name is taken by one writer at a time, which makes looking and replacing one step.
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{new} exists: another command is writing the keys. If none is, remove that file.") from None
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            _check_replaced(path, replacing)
            if replacing is not None:
                _keep_owner(file.fileno(), path)
            file.writelines(f"{key.line}\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


class _Unreadable(Exception):
    """A key file whose content is no list of keys; its text may be shown."""


def _check_replaced(path: Path, replacing: Sequence[Key] | None) -> None:
    if replacing is None and os.path.lexists(path):
        raise ConfigError(f"{path} exists already: it is left as it is.")
    if replacing is not None and list(read_key_file(path)) != list(replacing):
        raise ConfigError(f"{path} was changed meanwhile: it is left as it is. Run the command again.")


def _keep_owner(new: int, path: Path) -> None:
    """Give a new file what the old one had: the service that reads it may be another user than who runs a command."""
    if os.name != "posix":
        return
    made, old = os.fstat(new), path.stat()
    try:
        if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
            os.fchown(new, old.st_uid, old.st_gid)
        os.fchmod(new, stat.S_IMODE(old.st_mode))
    except PermissionError:
        raise ConfigError(
            f"{path} has to stay a file of the user {_user(old.st_uid)} and its group: run the command as root, or as that user with "
            "the rights of the group."
        ) from None


def _user(number: int) -> str:
    import pwd

    try:
        return repr(pwd.getpwuid(number).pw_name)
    except KeyError:
        return str(number)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> tuple[tuple[Key, ...], Stamp]:
    with path.open(encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        _check_private(path, found)
        try:
            keys = parse_keys(file.read())
        except ConfigError as error:
            raise _Unreadable(error.message) from None
        except UnicodeDecodeError:
            raise _Unreadable("it is no text.") from None
    if not keys:
        raise _Unreadable("it holds no key: make one with `atom-zendesk keys generate --append`.")
    return keys, _stamp(found)


def _check_private(path: Path, found: os.stat_result) -> None:
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise _Unreadable(f"it can be read by others than its owner: run `chmod 600 {path}`.")


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_size, found.st_ino


def _unreadable(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"The key file {path} cannot be used: {reason}"


def _parts(sealed: str) -> tuple[str, str]:
    version, _, rest = sealed.partition(".")
    key_id, _, box = rest.partition(".")
    if version != _VERSION or not box or not _ID.fullmatch(key_id):
        raise Unsealable("A stored secret has a form that this version does not read: it was changed, or a newer version wrote it.")
    return key_id, box


def _encoded(text: str) -> bytes:
    return text.encode(_CHARSET, _LONE)


def _joined(about: tuple[str, ...]) -> bytes:
    """Encode the parts with their lengths, so that no two places are encoded alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in map(_encoded, about))


def _blinded(key: bytes, text: str, about: tuple[str, ...]) -> str:
    digest = hmac.digest(key, _joined((*about, text)), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _aead() -> type[AESGCM]:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise DependencyMissing("cryptography", FEATURE) from None
    return AESGCM


def _refusal() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag


def _derived(secret: bytes, info: bytes) -> bytes:
    try:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError:
        raise DependencyMissing("cryptography", FEATURE) from None
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)
