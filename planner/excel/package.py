"""A workbook as what it is on disk: a zip of XML parts that name each other by relations.

Parts are edited as text, only where something is added, and all others are copied byte for byte. An
Excel library would read the workbook into its own objects and write those back: openpyxl forgets the
values of formulas, text boxes, slicers and all it has no object for.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr, unescape

from planner.errors import InputError
from planner.excel.xlsx_safety import LARGEST_TOTAL, Archive, read_limited

_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


@dataclass(frozen=True)
class Relation:
    """One part's link to another: `kind` is the last word of its type, such as 'worksheet'."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of a workbook's zip, by name.

    Raises InputError, from everything it does, where the file is no workbook or not to be trusted.
    """

    def __init__(self, path: Path) -> None:
        data = read_limited(path)
        self._archive = Archive(path.name, data)
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._names = {_folded(name): name for name in self._zip.namelist()}
        self._texts: dict[str, str] = {}
        self._changed: set[str] = set()

    def damaged(self) -> InputError:
        """The error for a workbook whose parts do not hold together."""
        return self._archive.damaged()

    def __contains__(self, part: str) -> bool:
        return self._name(part) in self._texts or _folded(part) in self._names

    def _name(self, part: str) -> str:
        return self._names.get(_folded(part), part)

    def text(self, part: str) -> str:
        """A part's XML."""
        name = self._name(part)
        if name not in self._texts:
            self._texts[name] = self._archive.read(name).decode("utf-8-sig")
        return self._texts[name]

    def put(self, part: str, text: str) -> None:
        """Set a part's XML; raises ExpatError where it is not whole, lest a copy be written that cannot open."""
        # Excel writes drawings of comments (VML) as HTML, with tags left open.
        if not part.endswith(".vml"):
            expat.ParserCreate(namespace_separator=" ").Parse(text.encode(), True)
        self._texts[self._name(part)] = text
        self._changed.add(self._name(part))

    def free_name(self, pattern: str) -> str:
        """The first name that no part has: `pattern` holds a * for its number."""
        number = 1
        while pattern.replace("*", str(number)) in self:
            number += 1
        return pattern.replace("*", str(number))

    def relations(self, part: str) -> list[Relation]:
        """The links of a part ('' is the package itself), their targets as names of parts."""
        where = _relations_part(part)
        tags = re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", self.text(where)) if where in self else []
        links = [attributes(tag) for tag in tags]
        inside = [a for a in links if a.get("TargetMode") != "External" and "Id" in a]
        return [
            Relation(a["Id"], a.get("Type", "").rpartition("/")[2], _resolved(part, a.get("Target", "")))
            for a in inside
        ]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Link a part to another by a new relation; returns its id."""
        where = _relations_part(part)
        xml = self.text(where) if where in self else _RELATIONS_HEAD
        number = 1
        while f'"rIdPlanner{number}"' in xml:
            number += 1
        address = f"{_OFFICE}/{kind}"
        link = f'<Relationship Id="rIdPlanner{number}" Type="{address}" Target={quoteattr("/" + target)}/>'
        self.put(where, place(xml, link))
        return f"rIdPlanner{number}"

    def declare(self, content_type: str, part: str = "", extension: str = "") -> None:
        """Tell the package what a new part, or all parts with an extension, hold."""
        types = "[Content_Types].xml"
        xml = self.text(types)
        if extension and not re.search(rf'Extension\s*=\s*"{extension}"', xml, re.IGNORECASE):
            self.put(
                types, place(xml, f'<Default Extension="{extension}" ContentType="{content_type}"/>', ["Override"])
            )
        elif part:
            self.put(types, place(xml, f'<Override PartName="/{part}" ContentType="{content_type}"/>'))

    def write(self, path: Path) -> None:
        """Write the zip: changed and new parts, and all others as they were."""
        if sum(info.file_size for info in self._zip.infolist()) > LARGEST_TOTAL:
            raise self._archive.bomb("it unpacks to far more than its size")
        new = dict.fromkeys(sorted(self._changed))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self._zip.infolist():
                changed = info.filename in new
                content = self._texts[info.filename].encode() if changed else self._zip.read(info)
                archive.writestr(copy(info), content)
                new.pop(info.filename, None)
            for part in new:
                archive.writestr(zipfile.ZipInfo(part), self._texts[part], zipfile.ZIP_DEFLATED)


def _folded(part: str) -> str:
    return part.replace("\\", "/").casefold()


def _relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _resolved(part: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")


# --- XML as text -------------------------------------------------------------------------------------


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a start tag, their names without the prefix of a name space."""
    found = _ATTRIBUTE.findall(tag)
    return {name.rpartition(":")[2]: unescape(double or single, _ENTITIES) for name, double, single in found}


def prefixed(xml: str, element: str) -> str:
    """`element` with its unprefixed tags under the prefix of the document's root, where that has one."""
    root = re.search(r"<([A-Za-z_][\w.-]*:)?[A-Za-z_]", xml)
    prefix = root[1] if root and root[1] else ""
    return re.sub(r"<(/?)(?=\w+[\s/>])", rf"<\g<1>{prefix}", element) if prefix else element


def link_attribute(xml: str, relation: str) -> str:
    """The attribute r:id by which an element of the document names a relation, under the root's prefix for it."""
    root = re.search(r"<[A-Za-z_][^>]*>", xml)
    # A prefix that another element declares does not hold here: lxml declares it on each element that uses it.
    declared = re.search(rf"""xmlns:([\w.-]+)\s*=\s*["']{_OFFICE}["']""", root[0] if root else "")
    return f'{declared[1]}:id="{relation}"' if declared else f'xmlns:r="{_OFFICE}" r:id="{relation}"'


def place(xml: str, element: str, before: list[str] | None = None, parent: str = "") -> str:
    """Add an element as the last child of the root (or of its child `parent`), but ahead of those `before`."""
    element = prefixed(xml, element)
    if parent:
        return _place_in(xml, element, parent)
    later = [start for tag, start in children(xml) if tag in (before or [])]
    xml = xml if later else _opened(xml, 0)
    start = min(later) if later else xml.rindex("</")
    return xml[:start] + element + xml[start:]


def _place_in(xml: str, element: str, parent: str) -> str:
    start = next(start for tag, start in children(xml) if tag == parent)
    xml = _opened(xml, start)
    end = re.compile(rf"</(?:\w+:)?{parent}\s*>").search(xml, start)
    if end is None:
        raise ValueError(f"{parent} has no end")
    return xml[: end.start()] + element + xml[end.start() :]


def _opened(xml: str, start: int) -> str:
    """The document with an empty element `<a/>` at or after `start` written as `<a></a>`."""
    tag = re.compile(r"<([A-Za-z_][\w:.-]*)(\s[^>]*?)?(/?)>").search(xml, start)
    if not tag or not tag[3]:
        return xml
    return f"{xml[: tag.start()]}<{tag[1]}{tag[2] or ''}></{tag[1]}>{xml[tag.end() :]}"


def children(xml: str) -> list[tuple[str, int]]:
    """The root's children: each one's tag, without prefix, and where it starts."""
    data = xml.encode()
    found: list[tuple[str, int]] = []
    depth = 0
    parser = expat.ParserCreate("UTF-8")

    def opens(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        if depth == 1:
            found.append((tag.rpartition(":")[2], parser.CurrentByteIndex))
        depth += 1

    def closes(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = opens
    parser.EndElementHandler = closes
    parser.Parse(data, True)
    return [(tag, len(data[:at].decode())) for tag, at in found]


def text_of(words: str) -> str:
    """Words as XML text; characters that XML cannot hold are dropped."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", words))
