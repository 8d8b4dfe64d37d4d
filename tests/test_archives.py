"""A class's download as it comes: everybody's file reaches its student, and a bad member is its student's problem."""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from notebook_grader import GraderError
from notebook_grader.intake import archives
from notebook_grader.intake.archives import Limits, read_archive, taken_apart
from notebook_grader.intake.handins import NOBODY, find_hand_ins
from notebook_grader.intake.lms_names import claim_of
from notebook_grader.intake.receiving import receive

CHAPTERS = ["01_playing", "02_forward_process"]
NOTEBOOK = b'{"cells": []}'
SMALL = Limits(file=2_000_000, total=6_000_000, members=50, ratio=200)


def zipped(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip archive; a name may stand in it that no tool would write."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return path


def tarred(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name = name
            if not isinstance(content, tarfile.TarInfo):
                info.size = len(content)
            archive.addfile(info, None if isinstance(content, tarfile.TarInfo) else io.BytesIO(content))
    return path


def took(source: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """Hand a download in; return each student's chapter and problem."""
    found = find_hand_ins(receive(source, folder / "received", CHAPTERS), CHAPTERS)
    return {one.student: (one.chapter, one.problem) for one in found}


GOOD = {"ada/02_forward_process.ipynb": NOTEBOOK}
ADA = ("02_forward_process", "")


# --- names of the platforms


@pytest.mark.parametrize(
    ("name", "student", "file"),
    [
        ("lovelaceada_12345_678_02_forward_process.ipynb", "lovelaceada_12345", "02_forward_process.ipynb"),
        ("lovelaceada_LATE_12345_678_02_forward_process.ipynb", "lovelaceada_12345", "02_forward_process.ipynb"),
        ("lovelaceada_late_12345_678_02_forward_process-1.ipynb", "lovelaceada_12345", "02_forward_process-1.ipynb"),
        ("o_neil_12345_678_02_forward_process.ipynb", "o_neil_12345", "02_forward_process.ipynb"),
        ("łącki_9_1_hw_3_4_x.ipynb", "łącki_9", "hw_3_4_x.ipynb"),
        ("anon_a1B2c_678_02_forward_process.ipynb", "anon_a1B2c", "02_forward_process.ipynb"),
        ("LATE_anon_a1B2c_678_02_forward_process.ipynb", "anon_a1B2c", "02_forward_process.ipynb"),
    ],
)
def test_a_name_that_canvas_made_is_read(name, student, file):
    claim = claim_of((name,))
    assert (f"{claim.name}_{claim.id}", claim.file, claim.late) == (student, file, "late" in name.lower())


@pytest.mark.parametrize(
    "path",
    [
        ("Ada Lovelace_4711_assignsubmission_file_", "02_forward_process.ipynb"),
        ("Ada Lovelace_4711_assignsubmission_file", "work", "02_forward_process.ipynb"),
        ("Ada Lovelace_4711_assignsubmission_file_02_forward_process.ipynb",),
    ],
)
def test_a_name_that_moodle_made_is_read(path):
    claim = claim_of(path)
    assert (claim.name, claim.id, claim.file) == ("Ada Lovelace", "4711", "02_forward_process.ipynb")


@pytest.mark.parametrize(
    "path", [("ada", "02_forward_process.ipynb"), ("02_forward_process.ipynb",), ("readme.txt",), ()]
)
def test_a_usual_name_is_no_platforms(path):
    assert claim_of(path) is None


# --- a class


def test_canvas_zip_becomes_a_folder_of_hand_ins(tmp_path):
    source = zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_12_100_02_forward_process.ipynb": b"old",
            "lovelaceada_12_200_02_forward_process-1.ipynb": b"new",
            "hoppergrace_LATE_13_300_02_forward_process-2.ipynb": NOTEBOOK,
            "turingalan_14_link.html": b"<a>",
            "turingalan_14_301_photo.png": b"x",
        },
    )
    found = {one.student: one for one in find_hand_ins(receive(source, tmp_path / "in", CHAPTERS), CHAPTERS)}
    assert found["lovelaceada_12"].path.read_bytes() == b"new"
    assert "02_forward_process.ipynb was taken, not 02_forward_process (2).ipynb" in found["lovelaceada_12"].note
    assert (found["hoppergrace_13"].chapter, found["hoppergrace_13"].problem) == ADA
    assert found["hoppergrace_13"].note == "The learning platform says that this came late."
    assert found["turingalan_14"].problem == "the folder holds no notebook"
    assert set(found) == {"lovelaceada_12", "hoppergrace_13", "turingalan_14"}


def test_moodle_zip_becomes_a_folder_of_hand_ins(tmp_path):
    source = zipped(
        tmp_path / "class.zip",
        {
            "Ada Lovelace_1_assignsubmission_file_/02_forward_process.ipynb": NOTEBOOK,
            "Ada Lovelace_1_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
            "Zoë D’Arcy_2_assignsubmission_file_/deep/er/02_forward_process.ipynb": NOTEBOOK,
            "Kim Lee_3_assignsubmission_file_/02_forward_process.ipynb": b"three",
            "Kim Lee_4_assignsubmission_file_/02_forward_process.ipynb": b"four",
        },
    )
    found = took(source, tmp_path)
    assert found == dict.fromkeys(("Ada Lovelace", "Zoë D-Arcy", "Kim Lee (3)", "Kim Lee (4)"), ADA)


def test_who_is_marked_blind_keeps_the_number(tmp_path):
    source = zipped(tmp_path / "c.zip", {"Participant_4711_assignsubmission_file_/02_forward_process.ipynb": NOTEBOOK})
    assert took(source, tmp_path) == {"Participant (4711)": ADA}


def test_a_students_own_timestamp_does_not_count(tmp_path):
    files = {"timestamp.txt": b"2020-01-01", "02_forward_process.ipynb": NOTEBOOK}
    source = zipped(
        tmp_path / "m.zip", {f"Ada Lovelace_1_assignsubmission_file_/{name}": text for name, text in files.items()}
    )
    folder = receive(source, tmp_path / "in", CHAPTERS)
    assert [path.name for path in (folder / "Ada Lovelace").iterdir()] == ["02_forward_process.ipynb"]


def test_an_unpacked_download_is_read_like_the_archive(tmp_path):
    place = tmp_path / "unpacked" / "Ada Lovelace_1_assignsubmission_file_" / "02_forward_process.ipynb"
    place.parent.mkdir(parents=True)
    place.write_bytes(NOTEBOOK)
    (tmp_path / "unpacked" / "hoppergrace_13_300_02_forward_process.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "unpacked" / "turingalan_14_301_02_forward_process.ipynb").symlink_to(place)
    os.mkfifo(tmp_path / "unpacked" / "boole_15_302_02_forward_process.ipynb")
    found = took(tmp_path / "unpacked", tmp_path)
    assert found["Ada Lovelace"] == found["hoppergrace_13"] == ADA
    assert "link or a device" in found["turingalan_14"][1] and "link or a device" in found["boole_15"][1]


def test_a_folder_that_is_no_download_comes_back_as_it_is(tmp_path):
    (tmp_path / "ada").mkdir()
    assert receive(tmp_path, tmp_path / "in", CHAPTERS) == tmp_path


@pytest.mark.parametrize("above", ["", "hand-ins/", "submitted/", "course/"])
@pytest.mark.parametrize("inner", ["", "02_forward_process/"])
def test_an_archive_in_our_own_layout_is_read(tmp_path, above, inner):
    source = tarred(tmp_path / "c.tar.gz", {f"{above}ada/{inner}02_forward_process.ipynb": NOTEBOOK})
    assert took(source, tmp_path) == {"ada": ADA}


def test_nbgraders_timestamps_stay_beside_their_notebooks(tmp_path):
    place = "submitted/ada/02_forward_process"
    source = zipped(
        tmp_path / "c.zip", {f"{place}/02_forward_process.ipynb": NOTEBOOK, f"{place}/timestamp.txt": b"2027-03-01"}
    )
    (one,) = find_hand_ins(receive(source, tmp_path / "in", CHAPTERS), CHAPTERS)
    assert one.path.with_name("timestamp.txt").read_bytes() == b"2027-03-01"


def test_what_computers_leave_in_archives_is_left_out(tmp_path):
    junk = {
        "__MACOSX/ada/._02_forward_process.ipynb": b"x",
        "ada/.DS_Store": b"x",
        "ada/.ipynb_checkpoints/a.ipynb": b"x",
    }
    folder = receive(zipped(tmp_path / "c.zip", GOOD | junk), tmp_path / "in", CHAPTERS)
    assert [path.name for path in folder.rglob("*.ipynb")] == ["02_forward_process.ipynb"]
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["ada"]


# --- one bad member: its student's problem, and the classmate is graded


def link(target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def device(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type = kind
    return info


@pytest.mark.parametrize(
    "info",
    [link("/etc/passwd"), link("../ada"), device(tarfile.LNKTYPE), device(tarfile.CHRTYPE), device(tarfile.FIFOTYPE)],
)
def test_a_link_or_device_in_a_tar_is_refused(tmp_path, info):
    info.linkname = info.linkname or "ada/02_forward_process.ipynb"
    found = took(tarred(tmp_path / "c.tar.gz", GOOD | {"eve/02_forward_process.ipynb": info}), tmp_path)
    assert found["ada"] == ADA
    assert found["eve"][0] == "02_forward_process" and "link or a device" in found["eve"][1]


def test_a_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("eve/02_forward_process.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(zipped(tmp_path / "c.zip", GOOD), "a") as archive:
        archive.writestr(info, "../../../etc/passwd")
    found = took(tmp_path / "c.zip", tmp_path)
    assert found["ada"] == ADA and "link or a device" in found["eve"][1]


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("eve/../../out.ipynb", "eve"),
        ("eve/../ada/02_forward_process.ipynb", "eve"),
        ("../out.ipynb", NOBODY),
        ("/tmp/out.ipynb", NOBODY),
        ("C:\\out.ipynb", NOBODY),
        ("..\\..\\out.ipynb", NOBODY),
        ("eve/bad\nname.ipynb", NOBODY),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written_there(tmp_path, make, name, student):
    source = make(tmp_path / ("c.zip" if make is zipped else "c.tar.gz"), GOOD | {name: b"stolen"})
    found = took(source, tmp_path)
    assert found["ada"] == ADA and "its name" in found[student][1]
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"stolen"] == []


def test_a_backslash_is_a_separator(tmp_path):
    assert took(zipped(tmp_path / "c.zip", {"ada\\02_forward_process.ipynb": NOTEBOOK}), tmp_path) == {"ada": ADA}


def test_an_archive_in_the_archive_is_refused_unless_there_is_a_notebook(tmp_path):
    inner = zipped(tmp_path / "inner.zip", GOOD).read_bytes()
    members = GOOD | {"eve/02_forward_process.zip": inner, "ada/data.zip": inner}
    found = took(zipped(tmp_path / "c.zip", members), tmp_path)
    assert found["ada"] == ADA and "archive in an archive" in found["eve"][1]


def test_a_packed_bomb_is_refused_by_its_ratio_and_a_large_file_by_its_size(tmp_path):
    bomb = {"eve/02_forward_process.ipynb": b"\0" * 1_900_000, "max/02_forward_process.ipynb": os.urandom(2_100_000)}
    entries = list(read_archive(zipped(tmp_path / "c.zip", GOOD | bomb), limits=SMALL))
    problems = {entry.path[0]: entry.problem for entry in entries}
    assert problems["ada"] == "" and "to 1 is unpacked" in problems["eve"] and "at most 2 MB" in problems["max"]
    assert {entry.path[0]: len(entry.content) for entry in entries} == {"ada": len(NOTEBOOK), "eve": 0, "max": 0}


def test_a_file_that_lies_about_its_size_is_refused(tmp_path):
    path = zipped(
        tmp_path / "c.zip", GOOD | {"eve/02_forward_process.ipynb": os.urandom(3_000_000)}, zipfile.ZIP_STORED
    )
    content = path.read_bytes().replace(struct.pack("<II", 3_000_000, 3_000_000), struct.pack("<II", 3_000_000, 1000))
    path.write_bytes(content)
    problems = {entry.path[0]: (entry.problem, len(entry.content)) for entry in read_archive(path, limits=SMALL)}
    assert problems["ada"][0] == "" and problems["eve"][0] != "" and problems["eve"][1] == 0


def test_a_large_file_that_is_no_notebook_harms_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "Limits", lambda: SMALL)
    source = zipped(tmp_path / "c.zip", GOOD | {"ada/pictures.npy": b"\0" * 9_000_000})
    assert took(source, tmp_path) == {"ada": ADA}


def test_a_damaged_member_is_refused(tmp_path):
    path = zipped(tmp_path / "c.zip", GOOD | {"eve/02_forward_process.ipynb": b"MARK" * 50}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"MARKMARK", b"MARXMARK"))
    found = took(path, tmp_path)
    assert found["ada"] == ADA and "damaged in the archive" in found["eve"][1]


def encrypted(path: Path, *names: str) -> Path:
    """Set the flag of encryption in both places where a zip keeps it."""
    content = bytearray(path.read_bytes())
    for signature, flag, length, name_at in ((b"PK\x03\x04", 6, 26, 30), (b"PK\x01\x02", 8, 28, 46)):
        at = content.find(signature)
        while at >= 0:
            (size,) = struct.unpack_from("<H", content, at + length)
            if content[at + name_at : at + name_at + size].decode() in names:
                content[at + flag] |= 1
            at = content.find(signature, at + 1)
    path.write_bytes(content)
    return path


def test_one_encrypted_member_is_refused_and_an_encrypted_archive_is_an_error(tmp_path):
    members = GOOD | {"eve/02_forward_process.ipynb": NOTEBOOK}
    found = took(encrypted(zipped(tmp_path / "c.zip", members), "eve/02_forward_process.ipynb"), tmp_path)
    assert found["ada"] == ADA and "without a password" in found["eve"][1]
    with pytest.raises(GraderError, match="is encrypted. Unpack it"):
        took(encrypted(zipped(tmp_path / "d.zip", members), *members), tmp_path)


# --- names


def test_one_name_in_two_unicode_forms_is_one_student(tmp_path):
    members = {"Jose\u0301/02_forward_process.ipynb": NOTEBOOK, "Jos\u00e9/01_playing.ipynb": NOTEBOOK}
    found = find_hand_ins(receive(zipped(tmp_path / "c.zip", members), tmp_path / "in", CHAPTERS), CHAPTERS)
    assert {(one.student, one.chapter, one.problem) for one in found} == {
        ("Jos\u00e9", "01_playing", ""),
        ("Jos\u00e9", "02_forward_process", ""),
    }


def test_names_that_differ_in_capitals_alone_are_told(tmp_path):
    found = took(zipped(tmp_path / "c.zip", GOOD | {"Ada/02_forward_process.ipynb": NOTEBOOK}), tmp_path)
    assert found["ada"] == ADA and "'ada' and 'Ada' differ in capital letters only" in found[NOBODY][1]


def test_a_name_in_utf_8_without_the_flag_is_read_right(tmp_path):
    path = zipped(tmp_path / "c.zip", {"Zo__/02_forward_process.ipynb": NOTEBOOK})
    path.write_bytes(path.read_bytes().replace(b"Zo__", "Zoë".encode()))
    assert took(path, tmp_path) == {"Zoë": ADA}


def test_files_of_one_name_both_stay(tmp_path):
    twice = zipfile.ZipFile(zipped(tmp_path / "c.zip", GOOD), "a")
    with twice as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("ada/02_forward_process.ipynb", b"again")
    members = receive(tmp_path / "c.zip", tmp_path / "in", CHAPTERS) / "ada"
    assert sorted(path.name for path in members.iterdir()) == [
        "02_forward_process (2).ipynb",
        "02_forward_process.ipynb",
    ]


def test_a_file_and_a_folder_of_one_name_do_not_meet(tmp_path):
    members = {
        f"{student}/{name}": NOTEBOOK
        for student in ("ada", "ben")
        for name in ("work", "work/02_forward_process.ipynb")
    }
    assert took(zipped(tmp_path / "c.zip", members), tmp_path) == {"ada": ADA, "ben": ADA}


@pytest.mark.parametrize("name", ["x" * 300, "\udcff", "a\0b"])
def test_a_name_that_no_disk_takes_is_a_problem(name):
    assert taken_apart(f"{name}/a.ipynb")[0] == () and taken_apart(f"{name}/a.ipynb")[1]


# --- the whole archive


@pytest.mark.parametrize("name", ["c.zip", "c.tar.gz", "c.tar"])
def test_what_is_no_archive_is_an_error(tmp_path, name):
    (tmp_path / name).write_bytes(b"my dog ate it")
    with pytest.raises(GraderError, match="cannot be read as an archive"):
        took(tmp_path / name, tmp_path)


@pytest.mark.parametrize(
    ("name", "reason"), [("c.docx", "no folder and no archive"), ("missing.zip", "no folder and no")]
)
def test_what_is_neither_folder_nor_archive_is_an_error(tmp_path, name, reason):
    (tmp_path / "c.docx").touch()
    with pytest.raises(GraderError, match=reason):
        took(tmp_path / name, tmp_path)


def test_an_archive_without_students_is_an_error(tmp_path):
    with pytest.raises(GraderError, match="holds no file of a student"):
        took(zipped(tmp_path / "c.zip", {"readme.txt": b"hello"}), tmp_path)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_too_many_files_are_an_error(tmp_path, make):
    source = make(tmp_path / ("c.zip" if make is zipped else "c.tar.gz"), {f"s{n}/a.ipynb": b"" for n in range(51)})
    with pytest.raises(GraderError, match="more than 50 files"):
        list(read_archive(source, limits=SMALL))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_too_much_in_all_is_an_error(tmp_path, make):
    files = {f"s{n}/a.ipynb": os.urandom(1_500_000) for n in range(5)}
    with pytest.raises(GraderError, match="unpacks to more than 6 MB"):
        list(read_archive(make(tmp_path / ("c.zip" if make is zipped else "c.tar.gz"), files), limits=SMALL))


def test_a_tar_that_unpacks_to_much_that_nobody_wants_is_an_error(tmp_path):
    info = tarfile.TarInfo("eve/zeros.bin")
    info.size = 50_000_000
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        archive.addfile(info, io.BytesIO(b"\0" * info.size))
        archive.addfile(tarfile.TarInfo("ada/a.ipynb"), io.BytesIO())
    with pytest.raises(GraderError, match="unpacks to more than 6 MB"):
        list(read_archive(tmp_path / "c.tar.gz", lambda path: False, SMALL))


def test_a_tar_header_that_asks_for_gigabytes_is_an_error(tmp_path):
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 4_000_000_000
    (tmp_path / "c.tar.gz").write_bytes(gzip.compress(header.tobuf() + b"\0" * 10_000))
    with pytest.raises(GraderError, match="larger than any file may be"):
        list(read_archive(tmp_path / "c.tar.gz", limits=SMALL))


def test_a_tar_that_breaks_off_is_an_error(tmp_path):
    path = tarred(tmp_path / "c.tar.gz", {"ada/02_forward_process.ipynb": os.urandom(100_000)})
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(GraderError, match="cannot be read as an archive"):
        took(path, tmp_path)


def test_a_download_that_is_handed_in_again_replaces_the_first(tmp_path):
    first = receive(zipped(tmp_path / "c.zip", GOOD | {"ben/01_playing.ipynb": NOTEBOOK}), tmp_path / "in", CHAPTERS)
    second = receive(zipped(tmp_path / "c.zip", GOOD), tmp_path / "in", CHAPTERS)
    assert first == second and [path.name for path in second.iterdir() if path.is_dir()] == ["ada"]
