"""What a step does to the org, by Salesforce's rules; a step that finds nothing to do does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_org.metadata.fields import Field
from demo_org.metadata.sobjects import SObject
from demo_org.records.planting import unknown_id
from demo_org.refusals import Refused
from tests.long.own_org import OwnOrg
from tests.long.steps import Step

# Objects whose records change, parents before children; the others of the catalogue change by what happens to these.
CHANGING = (
    *("Account", "Contact", "npe5__Affiliation__c", "Class__c", "Pathway__c", "Session__c"),
    *("Session_Participant__c", "Pathway_Session__c", "Pathway_Participant__c", "Case", "Task"),
    *("EmailMessage", "User"),
)
MERGEABLE = ("Account", "Contact")
ADDED_TO = ("Account", "Contact", "Pathway__c")  # objects that get new fields
TYPES: tuple[dict[str, Any], ...] = (
    {"type": "string"},
    {"type": "double", "precision": 18, "scale": 4},
    {"type": "date"},
    {"type": "textarea", "length": 32000},
    {"type": "boolean"},
    {"type": "datetime"},
    {"type": "picklist", "picklist_values": ["One", "Two"]},
)
TEXTS = (
    "Fictional",
    "",
    'with "quotes", commas; and an apostrophe’s',
    "two\nlines",
    "carriage\r\nreturn",
    "  blanks around  ",
    "null",
    "=1+1",
    "Zoë Ångström 🦉",
    "\\N",
    "0012.50",
    "tab\there",
    "2026-02-30",
)
NUMBERS = (0, 1, -1, 0.1, 12345678, 0.00012, 99999.99, 1e7, -0.0, 3.14159)
Words = Mapping[str, Mapping[str, tuple[Any, ...]]]  # object → field → values
LATEST_COMMIT = 600  # seconds: no transaction takes longer


class Changing:
    """The org as it is changed; `stays_out` are objects that are not shown at the moment."""

    def __init__(self, org: OwnOrg, words: Words | None = None, objects: tuple[str, ...] = CHANGING) -> None:
        """Records of `objects` change. With `words`, fields take only these values, which break no rule."""
        self.org = org
        self.objects = objects
        self.words = words or {}
        self.spoilt: list[str] = []  # Ids of accounts that break a rule
        self.added: dict[str, list[str]] = {name: [] for name in ADDED_TO}
        self.hidden: list[tuple[str, str]] = []
        self.awaited: list[str] = []  # Ids of accounts that were referred to before they came
        self.unreadable: set[str] = set()
        self.unshared: set[str] = set()
        self._made = 0

    def change(self, step: Step) -> bool:
        """Do what the step says; whether the org took it."""
        try:
            done = getattr(self, f"_{step.kind}")(step)
        except Refused:  # as a form of Salesforce's would refuse a person
            return False
        return done is not False

    def regain_all(self) -> None:
        for name in self.unreadable | self.unshared:
            self.org.control("POST", "/permissions", {"object": name})
        self.unreadable.clear()
        self.unshared.clear()

    # -- records ----------------------------------------------------------------------------------

    def _edit(self, step: Step) -> Any:
        return self._on_record(step, "update", record=self._value(self._sobject(step.a), step.c))

    def _touch(self, step: Step) -> Any:
        return self._on_record(step, "update", record={})

    def _link(self, step: Step) -> Any:
        """Point a reference somewhere else, or nowhere."""
        sobject = self._sobject(step.a)
        fields = [
            f for f in sobject.columns if f.type == "reference" and f.updateable and f.name != "OwnerId"
        ]
        if not fields:
            return False
        field = fields[step.c % len(fields)]
        target = next((name for name in field.reference_to if name in self.org.storage.objects), "")
        ids, own = self._ids(target) if target else [], self._ids(sobject.name)
        chosen = ids[step.c % len(ids)] if ids and step.c % 5 else None
        if own and chosen == own[step.b % len(own)]:
            return False  # no record is its own parent
        return self._on_record(step, "update", record={field.name: chosen})

    def _create(self, step: Step) -> Any:
        return self._records(
            {"op": "insert", "object": self._sobject(step.a).name, "record": self._new(step)}
        )

    def _late_create(self, step: Step) -> Any:
        about = {"object": self._sobject(step.a).name, "record": self._new(step)}
        return self._records({"op": "late", "seconds": self._late(step), **about})

    def _late_edit(self, step: Step) -> Any:
        value = self._value(self._sobject(step.a), step.c)
        return self._on_record(step, "late", record=value, seconds=self._late(step))

    def _delete(self, step: Step) -> Any:
        return self._on_record(step, "delete")

    def _undelete(self, step: Step) -> Any:
        return self._on_record(step, "undelete", where='"IsDeleted"')

    def _hard_delete(self, step: Step) -> Any:
        return self._on_record(step, "hard_delete", where="true")

    def _merge(self, step: Step) -> Any:
        name = MERGEABLE[step.a % 2]
        ids = self._ids(name)
        winner, loser = ids[step.b % len(ids)], ids[step.c % len(ids)]
        if winner == loser:
            return False
        return self._records({"op": "merge", "object": name, "id": winner, "losers": [loser]})

    def _silent(self, step: Step) -> Any:
        """A formula that looks at the clock or at another record says something else, and no stamp moves."""
        sobject = self._sobject(step.a)
        formulas = [field for field in sobject.columns if field.calculated]
        if not formulas:
            return False
        field = formulas[step.c % len(formulas)]
        return self._on_record(step, "silent", record={field.name: _of_type(field, step.c)})

    def _child_of_nobody(self, step: Step) -> Any:
        """An account whose parent the user cannot see yet."""
        parent = unknown_id(self.org.storage.objects, "Account", 100 + len(self.awaited))
        self.awaited.append(parent)
        record = {"Name": f"Orphan {len(self.awaited)}", "Type": "School", "ParentId": parent}
        return self._records({"op": "plant", "object": "Account", "record": record})

    def _parent_arrives(self, step: Step) -> Any:
        if not self.awaited:
            return False
        record = {"Name": "Late Parent", "Type": "School District"}
        body = {"op": "plant", "object": "Account", "id": self.awaited.pop(0), "record": record}
        return self._records(body)

    def _spoil(self, step: Step) -> Any:
        """An account breaks a rule until somebody corrects it."""
        ids = self._ids("Account")
        self.spoilt.append(ids[step.b % len(ids)])
        body = {"op": "update", "object": "Account", "id": self.spoilt[-1], "record": {"Name": "NaN"}}
        return self._records(body)

    def _correct(self, step: Step) -> Any:
        if not self.spoilt:
            return False
        record = {"Name": f"Corrected {len(self.spoilt)}"}
        return self._records({"op": "update", "object": "Account", "id": self.spoilt.pop(), "record": record})

    # -- fields -----------------------------------------------------------------------------------

    def _add_field(self, step: Step) -> Any:
        name = ADDED_TO[step.a % len(ADDED_TO)]
        if len(self.added[name]) > 3:
            return False
        self._made += 1
        field = f"Invented_{self._made}__c"
        definition = {"name": field, **TYPES[step.b % len(TYPES)]}
        self.org.control("POST", "/fields", {"op": "add", "object": name, "field": definition})
        self.added[name].append(field)
        return True

    def _fill_field(self, step: Step) -> Any:
        found = self._added_field(step)
        if found is None:
            return False
        name, field = found
        ids = self._ids(name)
        record = {field.name: _of_type(field, step.c)}
        body = {"op": "update", "object": name, "id": ids[step.b % len(ids)], "record": record}
        return self._records(body)

    def _hide_field(self, step: Step) -> Any:
        sobject = self._sobject(step.a)
        fields = [f.name for f in sobject.columns if f.updateable and f.name not in ("Name", "LastName")]
        if len(self.hidden) > 3 or not fields:
            return False
        name = (sobject.name, fields[step.b % len(fields)])
        self.org.control("POST", "/fields", {"op": "hide", "object": name[0], "name": name[1]})
        self.hidden.append(name)
        return True

    def _show_field(self, step: Step) -> Any:
        if not self.hidden:
            return False
        name, field = self.hidden.pop(step.a % len(self.hidden))
        self.org.control("POST", "/fields", {"op": "show", "object": name, "name": field})
        return True

    def _retype_field(self, step: Step) -> Any:
        found = self._added_field(step)
        if found is None:
            return False
        name, field = found
        definition = {"precision": 0, "scale": 0, "length": 255, **TYPES[step.b % len(TYPES)]}
        body = {"op": "retype", "object": name, "name": field.name, "field": definition}
        self.org.control("POST", "/fields", body)
        return True

    def _rename_field(self, step: Step) -> Any:
        found = self._added_field(step)
        if found is None:
            return False
        self._made += 1
        name, field, new = found[0], found[1].name, f"Renamed_{self._made}__c"
        self.org.control("POST", "/fields", {"op": "rename", "object": name, "name": field, "to": new})
        self.added[name][self.added[name].index(field)] = new
        return True

    # -- the user, the day, the clock -------------------------------------------------------------

    def _time_passes(self, step: Step) -> Any:
        seconds = (1, 2, 30, 700, 3600, 100_000)[step.a % 6]
        self.org.control("POST", "/clock", {"advance_seconds": seconds})

    def _lose_object(self, step: Step) -> Any:
        name = self._sobject(step.a).name
        self.org.control("POST", "/permissions", {"object": name, "readable": False})
        self.unreadable.add(name)

    def _lose_rows(self, step: Step) -> Any:
        name = self._sobject(step.a).name
        self.org.control("POST", "/permissions", {"object": name, "rows": False})
        self.unshared.add(name)

    def _regain(self, step: Step) -> Any:
        self.regain_all()

    def _use_up_calls(self, step: Step) -> Any:
        share = (0.8, 0.999, 1)[step.a % 3]
        self.org.control("POST", "/limits", {"maximum": 10_000, "used": int(10_000 * share)})

    def _new_day(self, step: Step) -> Any:
        self.org.control("POST", "/limits", {"maximum": 100_000, "used": 0})

    def _end_sessions(self, step: Step) -> Any:
        self.org.control("POST", "/sessions/expire")
        self.org.control("POST", "/cursors/expire")

    # -- finding and making up --------------------------------------------------------------------

    def _sobject(self, number: int) -> SObject:
        return self.org.storage.objects[self.objects[number % len(self.objects)]]

    def _records(self, change: dict[str, Any]) -> Any:
        return self.org.control("POST", "/records", change)["ids"]

    def _on_record(self, step: Step, operation: str, *, where: str = "", **about: Any) -> Any:
        """The change of one of the records that there are."""
        name = self._sobject(step.a).name
        ids = self._ids(name, where)
        if not ids:
            return False
        return self._records({"op": operation, "object": name, "id": ids[step.b % len(ids)], **about})

    def _ids(self, name: str, where: str = "") -> list[str]:
        sobject = self.org.storage.objects[name]
        has_deleted = "IsDeleted" in sobject.by_name
        if where and not has_deleted:
            return []
        where = where or ('not "IsDeleted"' if has_deleted else "true")
        found = self.org.storage.cursor().execute(f'select "Id" from "{name}" where {where} order by "Id"')
        return [row[0] for row in found.fetchall()]

    def _new(self, step: Step) -> dict[str, Any]:
        """Enough for Salesforce to take it, and one more value."""
        sobject = self._sobject(step.a)
        self._made += 1
        record: dict[str, Any] = {}
        for field in sobject.columns:
            if field.required or (field.name == "Name" and field.createable):
                target = next((n for n in field.reference_to if n in self.org.storage.objects), "")
                ids = self._ids(target) if target else []
                made_up = ids[step.b % len(ids)] if ids else f"Made up {self._made}"
                record[field.name] = made_up if field.type in ("string", "reference") else _of_type(field, 0)
        return self._value(sobject, step.c) | record

    def _value(self, sobject: SObject, number: int) -> dict[str, Any]:
        """One field with a value."""
        if words := self.words.get(sobject.name):
            known = [name for name in words if name in sobject.by_name]
            name = known[number % len(known)]
            return {name: words[name][number // len(known) % len(words[name])]}
        if self.words:
            return {}
        fields = [
            f
            for f in sobject.columns
            if f.updateable and f.createable and f.type != "reference" and not f.required and f.name != "Name"
        ]
        if not fields:
            return {}
        field = fields[number % len(fields)]
        return {field.name: _of_type(field, number // len(fields))}

    def _added_field(self, step: Step) -> tuple[str, Field] | None:
        name = ADDED_TO[step.a % len(ADDED_TO)]
        by_name = self.org.storage.objects[name].by_name
        fields = [by_name[field] for field in self.added[name] if field in by_name]
        return (name, fields[step.b % len(fields)]) if fields else None

    def _late(self, step: Step) -> int:
        return 1 + step.b % LATEST_COMMIT


def _of_type(field: Field, number: int) -> Any:
    """A value that the field takes."""
    if field.type == "boolean":
        return bool(number % 2)
    if field.type in ("double", "currency", "percent", "int"):
        value = NUMBERS[number % len(NUMBERS)]
        return int(value) if field.type == "int" else round(value, field.scale or 0)
    if field.type == "date":
        return ("2026-01-31", "1700-01-01", "3999-12-31", None)[number % 4]
    if field.type == "datetime":
        return ("2026-01-31T23:59:59.000Z", "1970-01-01T00:00:00.000Z", None)[number % 3]
    if field.type == "time":
        return ("08:30:00.000Z", None)[number % 2]
    if field.type == "email":
        return ("vera@example.org", None, "otto.muster@example.org")[number % 3]
    if field.type in ("picklist", "multipicklist") and field.picklist_values:
        return field.picklist_values[number % len(field.picklist_values)]
    text = TEXTS[number % len(TEXTS)]
    return text[: field.length] if field.length else text
