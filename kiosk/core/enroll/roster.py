"""A table of people to enroll, as a spreadsheet writes it."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from kiosk.core.errors import ConsentMissing, InvalidInput, KioskError
from kiosk.core.people.users import clean_name, clean_user_id, fold_id

LEAST_FILES = 3
MOST_BYTES = 16_000_000
"""Of a table; nobody has a larger one."""
_NEEDED = ("id", "consent", "files")
_SEPARATORS = ",;\t"
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

TEMPLATE = """\
# One person a line: kiosk enroll --from FILE. Lines that begin with # are left out.
# id: letters, digits and . _ - @. The same ID in small letters or capitals is one ID.
# name: may be empty.
# consent: yes, once the person has agreed to the consent text (kiosk consent text).
# files: 3 or more recordings of that person, separated by ; and found from the folder of this file.
id,name,consent,files
"""


@dataclass(frozen=True)
class Entry:
    """One line of the table.

    Attributes:
        line: its number in the file, the first is 1.
        user_id: as it may be enrolled, or as it was written where that is amiss.
        name: display name; may be empty.
        files: recordings, as written.
        error: why the line cannot be used, or None.
    """

    line: int
    user_id: str
    name: str = ""
    files: tuple[str, ...] = ()
    error: KioskError | None = None


def read_roster(data: bytes) -> list[Entry]:
    """Return the lines of a table; one that is amiss says so and is no reason to refuse the others.

    Args:
        data: content of a CSV file in UTF-8 or UTF-16, separated by comma, semicolon or tab.

    Raises:
        InvalidInput: it is no such table.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInput("The table is too large.", hint="Split it into several files.")
    text = _decoded(data)
    columns, separator = _head(text)
    seen: dict[str, int] = {}
    found: list[Entry] = []
    headed = False
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begun = 0
    try:
        for cells in reader:
            line, begun = begun + 1, reader.line_num
            if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
                continue
            if not headed:
                headed = True
                continue
            found.append(_entry(line, columns, cells, seen))
    except csv.Error as exc:
        raise InvalidInput(
            f"Line {reader.line_num} of the table cannot be read: {exc}.", hint=_HINT
        ) from exc
    if not found:
        raise InvalidInput("There is nobody in the table.", hint=_HINT)
    return found


_HINT = "Start from an example: the window saves one, and so does 'kiosk enroll --template'."


def _decoded(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None:
        # Some spreadsheets write UTF-16 and do not say so.
        zeros = (data[0:200:2].count(0), data[1:200:2].count(0))
        encoding = "utf-8"
        if max(zeros) > min(len(data), 200) // 8:
            encoding = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise InvalidInput(
            f"Line {line} of the table is not {'UTF-8' if encoding[:5] == 'utf-8' else 'UTF-16'}.",
            hint="Save it as 'CSV UTF-8' in the spreadsheet program.",
        ) from exc
    if "\0" in text:
        raise InvalidInput("The file is not a table.", hint=_HINT)
    return text


def _head(text: str) -> tuple[list[str], str]:
    """Return the names of the columns and what separates them.

    By the first line alone: the files of a line may be separated by semicolons.

    Raises:
        InvalidInput: it does not name them.
    """
    lines = (line.strip() for line in text.splitlines())
    first = next((each for each in lines if each and not each.startswith(("#", '"#'))), "")
    read = {sep: _names(next(csv.reader([first], delimiter=sep), [])) for sep in _SEPARATORS}
    separator = max(read, key=lambda sep: len(set(read[sep]) & {*_NEEDED, "name"}))
    columns = read[separator]
    missing = [each for each in _NEEDED if each not in columns]
    if missing:
        raise InvalidInput(
            f"The first line of the table does not name the column {' nor '.join(missing)}.",
            hint=f"It must name id, name, consent and files. {_HINT}",
        )
    twice = [each for each in (*_NEEDED, "name") if columns.count(each) > 1]
    if twice:
        raise InvalidInput(f"The table has two columns {twice[0]}.", hint=_HINT)
    return columns, separator


def _names(cells: list[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _entry(line: int, columns: list[str], cells: list[str], seen: dict[str, int]) -> Entry:
    row = dict(zip(columns, cells, strict=False))
    files = row.get("files", "").split(";")
    if columns[-1] == "files":  # separated by semicolons like the columns, and not quoted
        files += [each for cell in cells[len(columns) :] for each in cell.split(";")]
    named = tuple(each.strip() for each in files if each.strip())
    typed = row.get("id", "").strip()
    try:
        user_id, name = clean_user_id(typed), clean_name(row.get("name", ""))
        earlier = seen.setdefault(fold_id(user_id), line)
        if earlier != line:
            raise InvalidInput(
                f"The ID {user_id} is that of line {earlier}, too.", hint="Give each person one ID."
            )
        _require_consent(user_id, row.get("consent", ""))
        if len(named) < LEAST_FILES:
            raise InvalidInput(
                f"{len(named)} recordings are named for {user_id}.",
                hint=f"Name {LEAST_FILES} or more, separated by semicolons.",
            )
    except KioskError as error:
        return Entry(line, typed, files=named, error=error)
    return Entry(line, user_id, name, named)


def _require_consent(user_id: str, text: str) -> None:
    word = text.strip().casefold()
    if word in _NO:
        raise ConsentMissing(
            f"There is no consent of {user_id}.",
            hint="Ask the person, then write yes in the column consent.",
        )
    if word not in _YES:
        raise InvalidInput(
            f"The column consent says neither yes nor no of {user_id}.", hint="Write yes or no."
        )
