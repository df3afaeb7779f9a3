"""Spells Salesforce record Ids: key prefix, pod, number, and the three letters that make case safe."""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIXES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "Lf"

# The same record always has the same Id, whatever the seed and the size of the org: seeds and tests name
# districts and schools by it. Each kind of row has a range of numbers to itself.
FIRST_GENERATED = 10_000_000
FIRST_SCHOOL = 20_000_000
FIRST_ORGANIZATION = 30_000_000
FIRST_HOUSEHOLD = 60_000_000
FIRST_PLANTED = 800_000_000
FIRST_NEW = 810_000_000
LAST = 62**5 - 1


def record_id(key_prefix: str, number: int) -> str:
    """The 18-character Id of the record with this number."""
    if not 0 <= number <= LAST:
        raise ValueError(f"record numbers go from 0 to {LAST}, not {number}")
    tail = "".join(DIGITS[number // 62**place % 62] for place in range(4, -1, -1))
    return with_checksum(f"{key_prefix}{POD}00000{tail}")


def with_checksum(short_id: str) -> str:
    """The 18-character form of a 15-character Id: one letter for each five says which are capitals."""
    groups = (short_id[start : start + 5] for start in (0, 5, 10))
    return short_id + "".join(_checksum(group) for group in groups)


def is_record_id(text: str, key_prefix: str = "") -> bool:
    """True for a well-formed 15- or 18-character Id whose checksum is right."""
    if len(text) not in (15, 18) or any(letter not in DIGITS for letter in text):
        return False
    return text.startswith(key_prefix) and (len(text) == 15 or with_checksum(text[:15]) == text)


def id_macro(key_prefix: str) -> str:
    """The SQL expression over n that spells the same Ids as record_id, for rows generated in the database."""
    head = f"{key_prefix}{POD}00000"
    letters = with_checksum(f"{head}00000")[15:17]
    digits = [f"((n // {62**place}) % 62)" for place in range(4, -1, -1)]
    tail = " || ".join(f"substr('{DIGITS}', {digit}::bigint + 1, 1)" for digit in digits)
    bits = " + ".join(f"({digit} between 10 and 35)::int * {1 << k}" for k, digit in enumerate(digits))
    return f"'{head}' || {tail} || '{letters}' || substr('{SUFFIXES}', {bits} + 1, 1)"


def _checksum(group: str) -> str:
    return SUFFIXES[sum(1 << place for place, letter in enumerate(group) if "A" <= letter <= "Z")]
