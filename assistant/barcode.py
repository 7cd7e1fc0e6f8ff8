"""The barcodes that goods carry: EAN-13 (69 codes are some of them), EAN-8, UPC-A and GTIN-14, with their check digit."""

LENGTHS = (8, 12, 13, 14)


def check_digit(body: str) -> int:
    """Return the last digit that belongs to the digits before it (GS1, modulo 10)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def is_barcode(code: str) -> bool:
    """Say whether these are the digits of a barcode, check digit and all."""
    return code.isascii() and code.isdigit() and len(code) in LENGTHS and check_digit(code[:-1]) == int(code[-1])


def comparable(code: str) -> str:
    """Return the one spelling of a barcode: scanners read a UPC-A as the EAN-13 that begins with 0."""
    return code.lstrip("0").zfill(13) if len(code) in (12, 13, 14) and len(code.lstrip("0")) <= 13 else code
