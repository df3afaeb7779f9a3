"""Describes one object, as Salesforce's describe calls do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demo_org.metadata.fields import Field

API_VERSION = "64.0"


@dataclass(frozen=True)
class SObject:
    """One object: its names, its key prefix, its fields, and what may be done with it."""

    name: str
    label: str
    label_plural: str
    key_prefix: str
    fields: tuple[Field, ...]
    custom: bool = False
    queryable: bool = True
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    mergeable: bool = False
    replicateable: bool = True
    bulk: bool = True  # False: Bulk API 2.0 refuses the object, as it does for some setup objects

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their exact API names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """The fields that have a column, in order: all but the compound ones."""
        return tuple(field for field in self.fields if not field.is_compound)

    def describe(
        self,
        version: str = API_VERSION,
        *,
        children: Iterable[dict[str, Any]] = (),
        record_types: Iterable[dict[str, Any]] = (),
    ) -> dict[str, Any]:
        """The whole description: what the global list says, and fields, children and record types."""
        about = {
            "actionOverrides": [],
            "childRelationships": list(children),
            "compactLayoutable": True,
            "defaultImplementation": None,
            "extendedBy": None,
            "extendsInterfaces": None,
            "fields": [field.describe() for field in self.fields],
            "implementedBy": None,
            "implementsInterfaces": None,
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": list(record_types),
            "searchLayoutable": True,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [{"label": f"All {self.label_plural.lower()}", "name": "everything"}],
        }
        return dict(sorted((self.describe_global(version) | about).items()))

    def describe_global(self, version: str = API_VERSION) -> dict[str, Any]:
        """The object's entry in the list of all objects."""
        root = f"/services/data/v{version}/sobjects/{self.name}"
        return {
            "activateable": False,
            "associateEntityType": None,
            "associateParentEntity": None,
            "createable": self.createable,
            "custom": self.custom,
            "customSetting": False,
            "deepCloneable": False,
            "deletable": self.deletable,
            "deprecatedAndHidden": False,
            "feedEnabled": self.mergeable,
            "hasSubtypes": False,
            "isInterface": False,
            "isSubtype": False,
            "keyPrefix": self.key_prefix,
            "label": self.label,
            "labelPlural": self.label_plural,
            "layoutable": self.createable,
            "mergeable": self.mergeable,
            "mruEnabled": self.createable,
            "name": self.name,
            "queryable": self.queryable,
            "replicateable": self.replicateable,
            "retrieveable": True,
            "searchable": self.createable,
            "triggerable": self.createable,
            "undeletable": self.undeletable,
            "updateable": self.updateable,
            "urls": {
                "describe": f"{root}/describe",
                "rowTemplate": f"{root}/{{ID}}",
                "sobject": root,
            },
        }


def child_relationships(name: str, objects: Mapping[str, SObject]) -> list[dict[str, Any]]:
    """The fields of all objects that refer to this one, as describe lists them."""
    return [
        {
            "cascadeDelete": field.cascade_delete,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": None,
            "restrictedDelete": False,
        }
        for child in objects.values()
        for field in child.columns
        if name in field.reference_to
    ]
