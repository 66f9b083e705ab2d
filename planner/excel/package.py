"""A workbook as what it is on disk: a zip of XML parts that name each other by relations.

Only parts to which something is added are written again; all others are copied byte for byte. An Excel library
would read the workbook into its own objects and write those back: openpyxl forgets the values of formulas, text
boxes, slicers and all it has no object for.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from planner.errors import InputError
from planner.excel.elements import Element, add, all_named, attribute, made, parsed, parsed_vml, serialised
from planner.excel.xlsx_safety import LARGEST_TOTAL, Archive, read_limited

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'


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
        self._contents: dict[str, bytes] = {}
        self._roots: dict[str, Element] = {}
        self._changed: set[str] = set()

    def damaged(self) -> InputError:
        """The error for a workbook whose parts do not hold together."""
        return self._archive.damaged()

    def __contains__(self, part: str) -> bool:
        return self._name(part) in self._roots or _folded(part) in self._names

    def _name(self, part: str) -> str:
        return self._names.get(_folded(part), part)

    def content(self, part: str) -> bytes:
        """A part as it is in the file."""
        name = self._name(part)
        if name not in self._contents:
            self._contents[name] = self._archive.read(name)
        return self._contents[name]

    def root(self, part: str) -> Element:
        """A part's XML, to be looked at; whoever changes it gets it from `changed`."""
        name = self._name(part)
        if name not in self._roots:
            read = parsed_vml if name.endswith(".vml") else parsed
            self._roots[name] = read(self.content(part))
        return self._roots[name]

    def changed(self, part: str) -> Element:
        """A part's XML, to be changed."""
        self._changed.add(self._name(part))
        return self.root(part)

    def put(self, part: str, root: Element) -> None:
        """Add a part, or replace one."""
        self._roots[self._name(part)] = root
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
        links = all_named(self.root(where), "Relationship") if where in self else ()
        return [
            Relation(link.get("Id", ""), link.get("Type", "").rpartition("/")[2], _resolved(part, link))
            for link in links
            if link.get("TargetMode") != "External" and "Id" in link.attrib
        ]

    def linked(self, part: str, kind: str) -> str | None:
        """The first part of a kind that a part links to."""
        return next((link.target for link in self.relations(part) if link.kind == kind), None)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Link a part to another by a new relation; returns its id."""
        where = _relations_part(part)
        if where not in self:
            self.put(where, parsed(_RELATIONS))
        root = self.changed(where)
        taken = {link.get("Id") for link in root}
        key = next(key for number in range(1, len(root) + 2) if (key := f"rIdPlanner{number}") not in taken)
        link = f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target={quoteattr("/" + target)}/>'
        add(root, made(root, link))
        return key

    def declare(self, content_type: str, part: str = "", extension: str = "") -> None:
        """Say in the package's list what a new part, or all parts with an extension, hold."""
        root = self.root("[Content_Types].xml")
        if part:
            new, before = f'<Override PartName="/{part}" ContentType="{content_type}"/>', []
        elif extension.casefold() in {item.get("Extension", "").casefold() for item in root}:
            return
        else:
            new, before = f'<Default Extension="{extension}" ContentType="{content_type}"/>', ["Override"]
        add(self.changed("[Content_Types].xml"), made(root, new), before)

    def write(self, path: Path) -> None:
        """Write the zip: changed and new parts, and all others as they were."""
        if sum(info.file_size for info in self._zip.infolist()) > LARGEST_TOTAL:
            raise self._archive.bomb("it unpacks to far more than its size")
        new = dict.fromkeys(sorted(self._changed))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self._zip.infolist():
                changed = info.filename in new
                content = serialised(self._roots[info.filename]) if changed else self._zip.read(info)
                archive.writestr(copy(info), content)
                new.pop(info.filename, None)
            for part in new:
                archive.writestr(zipfile.ZipInfo(part), serialised(self._roots[part]), zipfile.ZIP_DEFLATED)


def _folded(part: str) -> str:
    return part.replace("\\", "/").casefold()


def _relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _resolved(part: str, link: Element) -> str:
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), link.get("Target", ""))).lstrip("/")


def relation_of(element: Element) -> str:
    """The id of the relation that an element names (r:id), whatever the prefix; '' for none."""
    return attribute(element, "id") or ""


def linking(root: Element, xml: str, relation: str) -> Element:
    """The element written as `xml`, with the attribute r:id that names a relation."""
    return made(root, xml.replace("/>", f' xmlns:r="{OFFICE}" r:id="{relation}"/>'))
