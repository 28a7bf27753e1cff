"""What is sealed opens in its own place alone, and keys are read without being told."""

from __future__ import annotations

import base64
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from atom_zendesk_plugin.errors import Code, ConfigError
from atom_zendesk_plugin.keyring import (
    ATOM,
    Key,
    KeyRing,
    Keys,
    Unsealable,
    generate_key,
    parse_keys,
    write_key_file,
)
from tests.architecture.tree import ROOT

ONE, TWO = Key("one", b"1" * 32), Key("two", b"\xfe\xff" * 16)
RING = KeyRing([ONE, TWO])
PLACE = ("zendesk_grants", "access_token", "t", "7", "u")
SECRET = "s3cret-Token.of.somebody"
TEXT = st.text(max_size=40)
PLACES = st.lists(st.text(max_size=6), max_size=4).map(tuple)


@given(TEXT, PLACES)
@example("\ud800", ("\udfff",))
def test_what_is_sealed_opens_in_its_place(text: str, about: tuple[str, ...]) -> None:
    sealed = RING.seal(text, about=about)
    assert RING.open(sealed, about=about) == text
    assert KeyRing.id_of(sealed) == "one"


@given(TEXT, PLACES, PLACES)
@example("x", ("a", "b"), ("ab",))
@example("x", ("a", ""), ("a",))
@example("x", ("a", "bc"), ("ab", "c"))
def test_it_opens_in_no_other_place(text: str, about: tuple[str, ...], other: tuple[str, ...]) -> None:
    assume(about != other)
    with pytest.raises(Unsealable):
        RING.open(RING.seal(text, about=about), about=other)


@given(st.data())
def test_a_changed_text_does_not_open(data: st.DataObject) -> None:
    sealed = RING.seal(SECRET, about=PLACE)
    head, box = sealed[: sealed.rindex(".") + 1], sealed[sealed.rindex(".") + 1 :]
    raw = bytearray(base64.urlsafe_b64decode(box + "=" * (-len(box) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    changed = head + base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    with pytest.raises(Unsealable):
        RING.open(changed, about=PLACE)


@pytest.mark.parametrize(
    "sealed",
    ["", "v1", "v1.one", "v1.one.", "v1.one.AAAA", "v1.one.!!!!", "v1.one.é", "v2.one.AAAA", "one.AAAA", "v1.ONE.AAAA",
     f"v1.one{'e' * 40}.AAAA", SECRET, "v1..AAAA", "v1.one.A"],
)  # fmt: skip
def test_what_is_no_sealed_text_is_told_without_repeating_it(sealed: str) -> None:
    with pytest.raises(Unsealable) as caught:
        RING.open(sealed, about=PLACE)
    assert caught.value.code is Code.CONFIG_ERROR
    assert SECRET not in str(caught.value)
    assert "AAAA" not in str(caught.value)


def test_two_sealings_of_one_text_differ_and_take_new_bytes_each() -> None:
    asked: list[int] = []
    numbers = itertools.count(1)

    def random(size: int) -> bytes:
        asked.append(size)
        return bytes([next(numbers)]) * size

    ring = KeyRing([ONE], random=random)
    assert ring.seal("a", about=PLACE) != ring.seal("a", about=PLACE)
    assert asked == [12, 12]
    assert RING.seal("a", about=PLACE) != RING.seal("a", about=PLACE)


def test_the_first_key_writes_and_all_read() -> None:
    old, new = KeyRing([TWO]), KeyRing([ONE, TWO])
    sealed = old.seal(SECRET, about=PLACE)
    assert new.open(sealed, about=PLACE) == SECRET
    assert (new.writing_id, new.ids) == ("one", ("one", "two"))
    assert KeyRing.id_of(new.seal(SECRET, about=PLACE)) == "one"


def test_a_missing_key_is_named() -> None:
    sealed = KeyRing([TWO]).seal(SECRET, about=PLACE)
    with pytest.raises(Unsealable, match="'two', which is not configured") as caught:
        KeyRing([ONE]).open(sealed, about=PLACE)
    assert caught.value.public == {"key": "two"}


def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = KeyRing([Key("one", b"x" * 32)]).seal(SECRET, about=PLACE)
    with pytest.raises(Unsealable, match="another value") as caught:
        RING.open(sealed, about=PLACE)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nothing_secret_is_shown() -> None:
    sealed = RING.seal(SECRET, about=PLACE)
    shown = f"{RING!r} {RING.__dict__.keys()} {ONE!r} {Keys('one:' + 'A' * 43)!r}"
    with pytest.raises(Unsealable) as caught:
        RING.open(sealed, about=("elsewhere",))
    shown += f"{caught.value} {caught.value.public}"
    assert repr(RING) == "KeyRing(one, two)"
    for secret in (SECRET, sealed, ONE.line, "1" * 32, base64.b64encode(ONE.secret).decode(), "A" * 43):
        assert secret not in shown


def test_a_blind_index_is_the_same_for_one_key_place_and_text_only() -> None:
    made = {
        RING.blind("a@example.com", about=("t", "7")),
        RING.blind("b@example.com", about=("t", "7")),
        RING.blind("a@example.com", about=("t", "8")),
        RING.blind("7", about=("t", "a@example.com")),
        KeyRing([TWO]).blind("a@example.com", about=("t", "7")),
    }
    assert len(made) == 5
    assert RING.blind("a@example.com", about=("t", "7")) in made
    assert all(len(index) == 43 for index in made)


def test_a_value_is_found_under_every_key() -> None:
    old = KeyRing([TWO]).blind("a@example.com", about=("t", "7"))
    assert RING.blinds("a@example.com", about=("t", "7")) == (RING.blind("a@example.com", about=("t", "7")), old)


def test_the_form_of_what_is_stored_stays_readable() -> None:
    """Sealed by an earlier build of this version: a change of form or of derivation would lose what operators have stored."""
    fixed = KeyRing([ONE], random=lambda size: b"n" * size)
    assert fixed.seal("text", about=("a", "b")) == FIXED_SEALED
    assert fixed.blind("text", about=("a", "b")) == FIXED_BLIND
    atom = Keys(atom_key="any text").ring()
    assert atom.open(FIXED_ATOM, about=("a",)) == "text"


FIXED_SEALED = "v1.one.bm5ubm5ubm5ubm5u5juyUUnCaIukNZRINkcMdj5FQhk"
FIXED_BLIND = "m7nd6GpiGoEBQrkxadneekivPt2w-pfCbjVypA-Uyls"
FIXED_ATOM = "v1.atom.bm5ubm5ubm5ubm5uytfzC8cn3t2g5QeV9trBG4cTD8M"


def entry(key: Key, *, urlsafe: bool = False, padded: bool = True) -> str:
    value = (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(key.secret).decode()
    return f"{key.id}:{value if padded else value.rstrip('=')}"


@pytest.mark.parametrize("between", [",", "\n", " ", ", ", "\r\n", ",\n\n"])
@pytest.mark.parametrize("urlsafe", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_keys_are_read_in_every_spelling(between: str, urlsafe: bool, padded: bool) -> None:
    text = between.join(entry(key, urlsafe=urlsafe, padded=padded) for key in (ONE, TWO))
    assert parse_keys(f"{between}{text}{between}") == (ONE, TWO)


@given(st.binary(min_size=32, max_size=32))
def test_a_line_is_read_back(secret: bytes) -> None:
    assert parse_keys(Key("k-1_a", secret).line) == (Key("k-1_a", secret),)


VALUE = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (VALUE, "key 1 is not"),
        (f"one:{VALUE},{VALUE}", "key 2 is not"),
        (f"ONE:{VALUE}", "key 1 is not"),
        (f"-one:{VALUE}", "key 1 is not"),
        (f"{'a' * 33}:{VALUE}", "key 1 is not"),
        ("one:", "key 1 is not"),
        (f"one:{VALUE},two:{VALUE[:-4]}", r"key 2 \(two\): .* 32 bytes"),
        (f"one:{VALUE}QUFB", r"key 1 \(one\): .* 32 bytes"),
        (f"one:{VALUE[:-2]}!=", r"key 1 \(one\): .* 32 bytes"),
        (f"one:{VALUE},one:{VALUE}", r"key 2 \(one\): .* used before"),
        (f"atom:{VALUE}", r"key 1 \(atom\): .* ATOM_OAUTH_ENCRYPTION_KEY"),
    ],
)
def test_a_wrong_entry_is_told_by_place_and_id_and_never_by_value(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_keys(text)
    assert VALUE[:12] not in f"{caught.value} {caught.value.public}"


def test_without_any_key_the_command_that_makes_one_is_named() -> None:
    for keys in (Keys(), Keys("", None, ""), Keys(" , \n")):
        assert keys.find() is None
        with pytest.raises(ConfigError, match="atom-zendesk keys generate"):
            keys.ring()


def test_atoms_own_key_joins_as_the_last_one() -> None:
    assert Keys(entry(ONE), None, "any text").ring().ids == ("one", ATOM)
    alone = Keys(atom_key="any text").ring()
    sealed = alone.seal(SECRET, about=PLACE)
    assert Keys(entry(ONE), None, "any text").ring().open(sealed, about=PLACE) == SECRET
    with pytest.raises(Unsealable):
        Keys(atom_key="another text").ring().open(sealed, about=PLACE)


def test_a_setting_and_a_file_at_once_are_refused(tmp_path: Path) -> None:
    write_key_file(tmp_path / "keys", [ONE])
    with pytest.raises(ConfigError, match="both set"):
        Keys(entry(TWO), tmp_path / "keys").ring()


def test_made_keys_differ_and_can_be_read() -> None:
    first, second = generate_key(), generate_key()
    assert first.id != second.id
    assert first.secret != second.secret
    assert parse_keys(f"{first.line},{second.line}") == (first, second)
    assert generate_key(lambda size: b"\x0a" * size) == Key("k0a0a0a0a", b"\x0a" * 32)


@pytest.mark.parametrize(("keys", "told"), [([], "needs a key"), ([ONE, ONE], "differ")])
def test_a_ring_needs_keys_of_different_names(keys: list[Key], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        KeyRing(keys)


def test_without_cryptography_only_using_a_key_fails() -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from atom_zendesk_plugin.errors import DependencyMissing\n"
        "from atom_zendesk_plugin.keyring import Keys, generate_key\n"
        "print(Keys().find())\n"
        "for keys in (Keys(generate_key().line), Keys(atom_key='x')):\n"
        "    try: keys.ring()\n"
        "    except DependencyMissing as error: print(error.public['package'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "cryptography", "cryptography"]


def test_importing_it_imports_no_cryptography() -> None:
    code = "import sys, atom_zendesk_plugin.keyring; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
