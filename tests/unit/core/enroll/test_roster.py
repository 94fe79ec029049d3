"""Tables of people, as spreadsheets write them."""

from __future__ import annotations

import pytest

from kiosk.core.enroll.roster import TEMPLATE, read_roster
from kiosk.core.errors import ConsentMissing, InvalidInput

FILES = "1.wav;2.wav;3.wav"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(encoding: str, separator: str) -> None:
    lines = (("ID", "Name", "Consent", "Files"), ("u1", "Ünal", "yes", f'"{FILES}"'))
    text = "\r\n".join(separator.join(cells) for cells in lines) + "\r\n"
    (entry,) = read_roster(text.encode(encoding))
    assert (entry.line, entry.user_id, entry.name, entry.error) == (2, "u1", "Ünal", None)
    assert entry.files == ("1.wav", "2.wav", "3.wav")


def test_files_need_no_quotes_where_semicolons_separate_columns() -> None:
    (entry,) = read_roster(f"id;consent;files\nu1;yes;{FILES}\n".encode())
    assert entry.files == ("1.wav", "2.wav", "3.wav")


def test_the_template_is_read_and_names_nobody() -> None:
    with pytest.raises(InvalidInput, match="nobody in the table"):
        read_roster(TEMPLATE.encode())
    (entry,) = read_roster(f"{TEMPLATE}u1,,yes,{FILES}\n".encode())
    assert entry.user_id == "u1"
    assert entry.line == len(TEMPLATE.splitlines()) + 1


def test_a_bad_line_says_so_and_the_others_stand() -> None:
    table = f"""id,name,consent,files
u1,,yes,{FILES}
U1,,yes,{FILES}
u2,,no,{FILES}
u3,,perhaps,{FILES}
u4,,yes,1.wav;2.wav
/,,yes,{FILES}

u5,,yes,{FILES}
"""
    entries = read_roster(table.encode())
    assert [each.line for each in entries] == [2, 3, 4, 5, 6, 7, 9]
    assert [each.error is None for each in entries] == [True, *[False] * 5, True]
    assert "line 2" in str(entries[1].error)
    assert isinstance(entries[2].error, ConsentMissing)
    assert "yes or no" in str(entries[3].error)
    assert "3 or more" in str(entries[4].error)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "does not name the column id nor consent nor files"),
        (b"id,name\nu1,x\n", "column consent nor files"),
        (b"id,id,consent,files\n", "two columns id"),
        (b"id,name,consent,files\n\xff,x,yes,a\n", "Line 2 of the table is not UTF-8"),
        (b"RIFF\0\0\0\0WAVE\0", "table"),
    ],
)
def test_what_is_no_table_is_told(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_roster(data)
