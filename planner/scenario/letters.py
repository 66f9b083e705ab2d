"""Characters that nobody sees, and letters that look like others: names that look alike are meant to be one name."""

from __future__ import annotations

import functools
import re
import unicodedata

_UNSEEN_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
"""Characters that show nothing and are, for Unicode, letters or marks."""

CAPITALS_OR_SPACES = "differs by capitals or spaces only"

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00ad"
_QUOTES = "\u2018\u2019\u201b\u2032\u02bc\u00b4\u0060"

# Cyrillic, Greek and other letters that no reader can distinguish from the Latin ones they stand beside here.
_LOOK_ALIKES = {
    "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СϹᏟ", "D": "Ꭰ", "E": "ЕΕᎬ", "F": "Ϝ", "G": "Ԍ", "H": "НΗᎻ", "I": "ІΙӀ",
    "J": "ЈͿᎫ", "K": "КΚᏦ", "L": "Ꮮ", "M": "МΜᎷ", "N": "ΝՆ", "O": "ОΟՕ", "P": "РΡᏢ", "Q": "Ԛ", "S": "ЅՏᏚ",
    "T": "ТΤᎢ", "U": "Ս", "V": "ѴᏙ", "W": "ԜᎳ", "X": "ХΧ", "Y": "УΥҮ", "Z": "ΖᏃ",
    "a": "аα", "b": "Ьᖯ", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡց", "h": "һհ", "i": "іιı", "j": "јϳ", "k": "к",
    "l": "ӏ", "m": "м", "n": "ոп", "o": "оοօ", "p": "рρ", "q": "ԛզ", "s": "ѕ", "t": "т", "u": "սυ", "v": "ѵν",
    "w": "ԝѡ", "x": "хχ", "y": "уγү", "z": "ᴢ",
}  # fmt: skip
_ALIKE = str.maketrans(
    {other: letter for letter, others in _LOOK_ALIKES.items() for other in others}
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_QUOTES, "'")
)


@functools.cache
def is_hidden(character: str) -> bool:
    """Whether a character shows nothing at all: format characters, fillers, variation selectors, control codes."""
    kind = unicodedata.category(character)
    if kind == "Cf" or character in _UNSEEN_LETTERS or "VARIATION SELECTOR" in _name(character):
        return True
    return kind == "Cc" and character not in "\t\n\r"


def _is_odd_space(character: str) -> bool:
    return character.isspace() and character not in " \t\n\r"


def without_hidden(text: str) -> str:
    """The text without characters that show nothing, and without white space around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(character for character in text if not is_hidden(character)).strip()


def looks(text: str) -> str:
    """What a reader sees of a name, whatever it is made of: two names that look alike give the same text."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", without_hidden(text)).translate(_ALIKE)
    return " ".join(text.casefold().split())


def visible(text: str) -> str:
    """The text with characters that nobody sees named in brackets: 'China[U+200B]'."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(c):04X}]" if is_hidden(c) or _is_odd_space(c) else c for c in text)


def difference(one: str, other: str) -> str:
    """In what two names differ that look alike: 'has a hidden character at its end (zero width space, U+200B)'.

    Said of `one`; where `other` has what it lacks, of 'the other'.
    """
    for said, text, than in (("", one, other), ("the other ", other, one)):
        if found := _oddity(text, than):
            return f"{said}{found}"
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
        return "has its accents written in another way"
    return CAPITALS_OR_SPACES


def _oddity(text: str, than: str) -> str | None:
    for at, character in enumerate(text):
        if is_hidden(character) and character not in than:
            return f"has a hidden character {_place(text, at)} ({named(character)})"
        if _is_odd_space(character) and character not in than:
            return f"has {_article(_spoken(character))} {_place(text, at)} ({_code(character)})"
        plain = character.translate(_ALIKE)
        if plain != character and character not in than:
            return f"has '{character}' ({named(character)}) where '{plain}' is meant"
    return None


def _place(text: str, at: int) -> str:
    if not text[at + 1 :].strip():
        return "at its end"
    return "at its beginning" if not text[:at].strip() else f"after '{visible(text[max(0, at - 8) : at])}'"


def named(character: str) -> str:
    """'zero width space, U+200B'."""
    return f"{_spoken(character)}, {_code(character)}"


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _spoken(character: str) -> str:
    words = _name(character) or "unnamed character"
    # Names of letters keep their scripts' capitals: 'Cyrillic capital letter es'.
    scripts = r"^(cyrillic|greek|armenian|cherokee|latin|hangul|braille)"
    return re.sub(scripts, lambda m: m[0].capitalize(), words.lower())


def _name(character: str) -> str:
    return unicodedata.name(character, "")


def _article(words: str) -> str:
    return f"{'an' if words[0].lower() in 'aeiou' else 'a'} {words}"
