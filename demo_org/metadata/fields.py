"""Describes one field of an object, as Salesforce's describe call does."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

COMPOUND_TYPES = frozenset({"address", "location"})
SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
    "time": "xsd:time", "address": "urn:address", "location": "urn:location",
}  # fmt: skip
COLUMN_TYPES = {
    "boolean": "BOOLEAN", "int": "BIGINT", "double": "DOUBLE", "currency": "DOUBLE", "percent": "DOUBLE",
    "date": "DATE", "datetime": "TIMESTAMP", "time": "TIME",
}  # fmt: skip
LENGTHS = {"id": 18, "reference": 18, "string": 255, "picklist": 255, "multipicklist": 4099, "textarea": 255,
           "email": 80, "phone": 40, "url": 255}  # fmt: skip
PRECISIONS = {"double": (18, 0), "currency": (18, 2), "percent": (18, 2)}
NEW_TYPES = frozenset(
    {"floatarray"}
)  # Salesforce adds types, and describes them to readers that do not know them
FIELD_TYPES = frozenset(SOAP_TYPES) | frozenset(LENGTHS) | NEW_TYPES


@dataclass(frozen=True)
class Field:
    """One field: its name, its type, and what may be done with it."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    calculated: bool = False
    formula: str | None = None
    custom: bool = False
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    default_value: object = None
    auto_number: str = ""  # how Salesforce numbers new records, as a format
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    name_field: bool = False
    html_formatted: bool = False
    cascade_delete: bool = False  # the record goes when the one it refers to goes
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    relationship_order: int | None = None
    compound_field_name: str | None = None
    picklist_values: tuple[str, ...] = ()
    restricted_picklist: bool = False
    help_text: str | None = None

    @property
    def soap_type(self) -> str:
        """The type as the SOAP API calls it."""
        return SOAP_TYPES.get(self.type, "xsd:string")

    @property
    def is_compound(self) -> bool:
        """True for an address or a location: it has no column, its components do."""
        return self.type in COMPOUND_TYPES

    @property
    def column_type(self) -> str:
        """The DuckDB type of the field's column."""
        return COLUMN_TYPES.get(self.type, "VARCHAR")

    @property
    def polymorphic(self) -> bool:
        """True for a reference to more than one object, like a task's WhatId."""
        return len(self.reference_to) > 1

    @property
    def required(self) -> bool:
        """True for a field without which Salesforce creates no record."""
        return (
            self.createable and not self.nillable and not self.defaulted_on_create and self.type != "boolean"
        )

    def describe(self) -> dict[str, Any]:
        """The field as the describe call gives it, with every key that Salesforce sends."""
        is_text = self.soap_type in ("xsd:string", "tns:ID")
        return {
            "aggregatable": self.filterable and not self.is_compound and self.type != "boolean",
            "aiPredictionField": False,
            "autoNumber": bool(self.auto_number),
            "byteLength": self.length if self.soap_type == "tns:ID" else self.length * 3 if is_text else 0,
            "calculated": self.calculated,
            "calculatedFormula": self.formula,
            "cascadeDelete": self.cascade_delete,
            "caseSensitive": False,
            "compoundFieldName": self.compound_field_name,
            "controllerName": None,
            "createable": self.createable,
            "custom": self.custom,
            "defaultValue": False if self.type == "boolean" else self.default_value,
            "defaultValueFormula": None,
            "defaultedOnCreate": self.defaulted_on_create or self.type == "boolean",
            "dependentPicklist": False,
            "deprecatedAndHidden": False,
            "digits": self.digits,
            "displayLocationInDecimal": False,
            "encrypted": False,
            "externalId": self.external_id,
            "extraTypeInfo": self._extra_type_info(),
            "filterable": self.filterable,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": False,
            "groupable": self.groupable,
            "highScaleNumber": False,
            "htmlFormatted": self.html_formatted,
            "idLookup": self.id_lookup,
            "inlineHelpText": self.help_text,
            "label": self.label,
            "length": self.length,
            "mask": None,
            "maskType": None,
            "name": self.name,
            "nameField": self.name_field,
            "namePointing": self.polymorphic,
            "nillable": self.nillable,
            "permissionable": self.custom and self.nillable and not self.cascade_delete,
            "picklistValues": [_picklist_value(value) for value in self.picklist_values],
            "polymorphicForeignKey": self.polymorphic,
            "precision": self.precision,
            "queryByDistance": self.is_compound,
            "referenceTargetField": None,
            "referenceTo": list(self.reference_to),
            "relationshipName": self.relationship_name,
            "relationshipOrder": self.relationship_order,
            "restrictedDelete": False,
            "restrictedPicklist": self.restricted_picklist,
            "scale": self.scale,
            "searchPrefilterable": self.type == "reference",
            "soapType": self.soap_type,
            "sortable": self.sortable,
            "type": self.type,
            "unique": self.unique,
            "updateable": self.updateable,
            "writeRequiresMasterRead": False,
        }

    def _extra_type_info(self) -> str | None:
        if self.type == "textarea":
            return "richtextarea" if self.html_formatted else "plaintextarea"
        return "personname" if self.compound_field_name == "Name" else None


def field_from(name: str, entry: Mapping[str, Any]) -> Field:
    """The field that an entry of a metadata file (or of add_field) declares; what it leaves out follows its type."""
    known = {field.name for field in fields(Field)} - {"name"}
    unknown = set(entry) - known
    if unknown or entry.get("type") not in FIELD_TYPES:
        what = f"unknown keys {sorted(unknown)}" if unknown else f"unknown type {entry.get('type')!r}"
        raise ValueError(
            f"field {name}: {what}; known keys: {sorted(known)}; known types: {sorted(FIELD_TYPES)}"
        )
    kind = entry["type"]
    values: dict[str, Any] = {"label": _label(name), "custom": name.endswith("__c"), **_rights(kind, entry)}
    values["length"] = LENGTHS.get(kind, 0)
    values["precision"], values["scale"] = PRECISIONS.get(kind, (0, 0))
    values["digits"] = 8 if kind == "int" else 0
    values["nillable"] = kind != "boolean"
    if kind == "reference":
        values["relationship_name"] = _relationship(name)
    values.update(entry)
    for key in ("reference_to", "picklist_values"):
        values[key] = tuple(values.get(key, ()))
    return Field(name=name, **values)


def _rights(kind: str, entry: Mapping[str, Any]) -> dict[str, bool]:
    """What Salesforce allows for the type: a long text is not filtered, a formula is not written."""
    length = entry.get("length", LENGTHS.get(kind, 0))
    long_text = kind == "textarea" and length > 255
    compound = kind in COMPOUND_TYPES
    number = kind in PRECISIONS
    read_only = bool(entry.get("calculated") or entry.get("auto_number") or compound)
    return {
        "filterable": not long_text,
        "sortable": not (long_text or compound or kind == "multipicklist"),
        "groupable": not (long_text or compound or number or kind in ("multipicklist", "datetime", "time")),
        "createable": not read_only,
        "updateable": not read_only,
    }


def _picklist_value(value: str) -> dict[str, Any]:
    return {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}


def _label(name: str) -> str:
    bare = name.removesuffix("__c").rpartition("__")[2].replace("_", " ")
    spaced = "".join(
        f" {a}" if a.isupper() and b.islower() else a for a, b in zip(bare, " " + bare, strict=False)
    )
    return spaced.strip()


def _relationship(name: str) -> str | None:
    if name.endswith("__c"):
        return name.removesuffix("__c") + "__r"
    return name.removesuffix("Id") if name.endswith("Id") else None
