"""The files of an archive that nobody can vouch for: read one after another, within limits, none of them unpacked here.

A bad member is an Entry with a problem, and the others go on. What concerns the archive as a whole is a GraderError:
that it is none, that all of it is encrypted, or that it holds more than a class can hand in.
"""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from notebook_grader import GraderError
from notebook_grader.intake.reading import LARGEST_FILE

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_ALWAYS_FINE = 1_000_000  # bytes: a short file may be as empty as it likes
_LONGEST_PART = 200  # bytes of one part of a path; file systems take 255
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip


class Limits(NamedTuple):
    """What is read of an archive, at most.

    file     bytes of one member
    total    bytes of all members together
    members  how many there may be, folders included
    ratio    how many bytes one packed byte may become
    """

    file: int = LARGEST_FILE
    total: int = 8_000_000_000
    members: int = 20_000
    ratio: int = 200


class Entry(NamedTuple):
    """One file of an archive.

    path     its name, taken apart; () where the name cannot be used
    content  its bytes; b"" where there is a problem
    time     when it was changed last, in seconds since 1970; None where the archive does not say
    problem  why it is not taken, as the end of a sentence; "" where it is
    """

    path: tuple[str, ...]
    content: bytes
    time: float | None = None
    problem: str = ""


def is_archive(path: Path) -> bool:
    """Tell from a file's name whether it is an archive that can be read here."""
    return path.name.lower().endswith(ENDINGS)


def read_archive(
    path: Path, is_wanted: Callable[[tuple[str, ...]], bool] = lambda _: True, limits: Limits | None = None
) -> Iterator[Entry]:
    """Yield the files of a zip or tar archive; folders are left out.

    is_wanted  tells from a file's path whether it is to be read; one that is not has no content, however large it is

    Raises GraderError where the archive cannot be read at all, or holds more than the limits allow.
    """
    limits = limits or Limits()
    opened = _zip_members if path.name.lower().endswith(".zip") else _tar_members
    total = 0
    with _told(path):
        for number, entry in enumerate(opened(path, is_wanted, limits), 1):
            total += len(entry.content)
            if number > limits.members:
                raise GraderError(f"{path.name} holds more than {limits.members:,} files. Hand in the class in parts.")
            if total > limits.total:
                raise _too_much_in_all(path.name, limits)
            if entry.path or entry.problem:
                yield entry


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise GraderError(f"{path.name} cannot be read as an archive: {error}. Download it again.") from None


# --- zip


def _zip_members(path: Path, is_wanted: Callable, limits: Limits) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        files = [member for member in members if not member.is_dir()]
        if files and all(_is_encrypted(member) for member in files):
            raise GraderError(f"{path.name} is encrypted. Unpack it with its password and give the folder.")
        for member in members:
            yield _zip_entry(archive, member, is_wanted, limits)


def _zip_entry(archive: zipfile.ZipFile, member: zipfile.ZipInfo, is_wanted: Callable, limits: Limits) -> Entry:
    parts, problem = taken_apart(_zip_name(member))
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir():
        return Entry((), b"")
    if not problem and kind not in (0, stat.S_IFREG):
        problem = "it is a link or a device; expected a file"
    if not problem and _is_encrypted(member):
        problem = "it is encrypted; hand it in without a password"
    if not problem and not is_wanted(parts):
        return Entry(parts, b"", _zip_time(member))
    problem = problem or _too_much(member.file_size, member.compress_size, limits)
    if problem:
        return Entry(parts, b"", problem=problem)
    try:
        content = archive.read(member)  # never more than the size that it declares
    except _DAMAGED as error:
        return Entry(parts, b"", problem=f"it is damaged in the archive ({error})")
    return Entry(parts, content, _zip_time(member))


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; one in UTF-8 without the flag that says so (macOS) is read as what it is."""
    name = member.orig_filename
    if member.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _zip_time(member: zipfile.ZipInfo) -> float | None:
    try:
        return time.mktime((*member.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return None


def _is_encrypted(member: zipfile.ZipInfo) -> bool:
    return bool(member.flag_bits & 0x1)


# --- tar


class _Capped:
    """An unpacked tar as tarfile reads it: no piece larger than a file may be, and no more than all may be together.

    tarfile reads a header's own data whole, however large the header says it is, and unpacks what nobody wants.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits):
        self._file, self._name, self._limits = file, name, limits
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self._limits.file:
            raise tarfile.ReadError("a header of it is larger than any file may be")
        self._require(self.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        self._require(position)
        return self._file.seek(position)

    def _require(self, position: int) -> None:
        if position > self._limits.total:
            raise _too_much_in_all(self._name, self._limits)


def _tar_members(path: Path, is_wanted: Callable, limits: Limits) -> Iterator[Entry]:
    opened = {".gz": gzip.open, ".tgz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(path.suffix.lower(), open)
    with opened(path, "rb") as file, tarfile.open(fileobj=_Capped(file, path.name, limits), mode="r:") as archive:
        for member in archive:
            archive.members = []  # or tarfile would keep all of them
            yield _tar_entry(archive, member, is_wanted, limits)


def _tar_entry(archive: tarfile.TarFile, member: tarfile.TarInfo, is_wanted: Callable, limits: Limits) -> Entry:
    parts, problem = taken_apart(member.name)
    if member.isdir():
        return Entry((), b"")
    if not problem and not member.isreg():
        problem = "it is a link or a device; expected a file"
    if not problem and not is_wanted(parts):
        return Entry(parts, b"", float(member.mtime))
    problem = problem or _too_much(member.size, None, limits)
    if problem:
        return Entry(parts, b"", problem=problem)
    return Entry(parts, archive.extractfile(member).read(), float(member.mtime))


# --- both


def taken_apart(name: str) -> tuple[tuple[str, ...], str]:
    """Return the parts of a member's name in Unicode's NFC, and why it cannot be used ("" where it can).

    Of a name that leads out of its first folder, that folder alone comes back; of one that has none, nothing.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in plain):
        return (), f"its name {name!r} has control signs or is not UTF-8"
    if plain.startswith("/") or _DRIVE.match(plain) or parts[:1] == ("..",):
        return (), f"its name {name!r} leads out of the archive"
    if ".." in parts:
        return parts[:1], f"its name {name!r} leads out of its folder"
    if any(len(part.encode()) > _LONGEST_PART for part in parts):
        return (), f"its name {name[:40]!r}... is too long"
    return parts, ""


def _too_much(size: int, packed: int | None, limits: Limits) -> str:
    """Say why a member of a declared size is not read; packed is None where nobody knows it."""
    if size > limits.file:
        return f"it has {size / 1e6:,.0f} MB; at most {limits.file / 1e6:,.0f} MB are read"
    if packed is not None and size > _ALWAYS_FINE and size > limits.ratio * packed:
        return f"it is packed {size // max(packed, 1):,} to 1; at most {limits.ratio} to 1 is unpacked"
    return ""


def _too_much_in_all(name: str, limits: Limits) -> GraderError:
    return GraderError(f"{name} unpacks to more than {limits.total / 1e6:,.0f} MB. Hand in the class in parts.")
