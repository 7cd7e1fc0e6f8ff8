"""PDF files written out by hand: no program on the machine would set them as awkwardly."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of text at a point; ``color`` as PDF writes it."""

    x: float
    y: float
    text: str
    size: float = 12
    color: str = "0 0 0"


@dataclass(frozen=True)
class Rule:
    """A drawn line."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class Page:
    """What stands on a page, in the order in which it is written."""

    lines: Sequence[Line]
    rules: Sequence[Rule] = ()


def pdf(pages: Sequence[Page]) -> bytes:
    """A PDF of these pages, its letters in a font that every reader brings along."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor << /Type /FontDescriptor "
        "/FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 "
        "/CapHeight 880 /StemV 93 >> >>",
    ]
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        drawn = "".join(
            f"{line.color} rg BT /F1 {line.size} Tf {line.x} {line.y} Td <{line.text.encode('utf-16-be').hex()}> Tj ET\n"
            for line in page.lines
        )
        drawn += "".join(f"{rule.x} {rule.y} m {rule.to_x} {rule.to_y} l S\n" for rule in page.rules)
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream")
    return _assembled(objects)


def _assembled(objects: Sequence[str], trailer: str = "") -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer}>>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def encrypted(plain: bytes) -> bytes:
    """The same file, said to be locked with a password nobody has."""
    lock = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"
        + "11" * 32
        + "> /U <"
        + "22" * 32
        + "> >> /ID [<00> <00>] "
    )
    return plain.replace(b"/Root 1 0 R ", b"/Root 1 0 R " + lock.encode())
