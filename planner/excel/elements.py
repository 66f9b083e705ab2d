"""The XML of a workbook's parts, read and changed with lxml: nothing outside the part is ever looked up.

Elements are found by their names without name space: Excel, openpyxl and others prefix them differently, and the
strict form of the format has other name spaces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from copy import deepcopy

from lxml import etree

Element = etree._Element

_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def parsed(content: bytes, recover: bool = False) -> Element:
    """The root of a part's XML, without what is no element or text.

    With `recover`, what is not whole is mended as well as may be.
    Raises XMLSyntaxError where the XML is not whole, or deeper or longer than any workbook's.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        strip_cdata=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    return etree.fromstring(content, parser)


def parsed_vml(content: bytes) -> Element:
    """The root of a drawing of comments, which Excel writes half as HTML: with breaks that are left open."""
    return parsed(re.sub(rb"<br([^>/]*)>", rb"<br\1/>", content), recover=True)


def serialised(root: Element) -> bytes:
    """A part's content, from its root."""
    return _HEAD + etree.tostring(root.getroottree(), encoding="UTF-8")


def name_of(element: Element) -> str:
    """An element's name without its name space."""
    return etree.QName(element).localname


def child(parent: Element, name: str) -> Element | None:
    """The first child of that name."""
    return next(parent.iterchildren(f"{{*}}{name}"), None)


def needed(parent: Element, name: str) -> Element:
    """The first child of that name; raises ValueError where there is none."""
    found = child(parent, name)
    if found is None:
        raise ValueError(f"{parent.tag} holds no {name}")
    return found


def attribute(element: Element, name: str) -> str | None:
    """The value of an attribute, whatever its name space: 'id' finds r:id."""
    return next((str(value) for key, value in element.items() if etree.QName(key).localname == name), None)


def made(like: Element, xml: str) -> Element:
    """The element written as `xml`, without prefixes, in the name space of `like`; it takes that one's prefix."""
    space = etree.QName(like).namespace or ""
    return parsed(f'<a xmlns="{space}">{xml}</a>'.encode())[0]


def add(parent: Element, new: Element, before: Collection[str] = ()) -> Element:
    """Put an element in as the last child, but ahead of children named in `before`; returns it."""
    later = next((at for at, other in enumerate(parent) if name_of(other) in before), len(parent))
    parent.insert(later, new)
    return new


def copied(element: Element) -> Element:
    """A copy of an element, without the blanks behind it."""
    new = deepcopy(element)
    new.tail = None
    return new


def all_named(root: Element, name: str) -> Iterator[Element]:
    """Every element of that name, in the order of the document."""
    return root.iter(f"{{*}}{name}")


def without_controls(words: str) -> str:
    """Words without the characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", words)
