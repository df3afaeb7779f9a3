from __future__ import annotations

from pathlib import Path

import pytest

from extract.catalogue import choose_objects, load_catalogue
from extract.catalogue.catalogue import CATALOGUE, CatalogueObject
from extract.errors import SettingsError


def written(folder: Path, text: str) -> Path:
    path = folder / "objects.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_catalogue_holds_the_fifteen_objects_parents_first() -> None:
    names = [entry.sobject for entry in load_catalogue()]
    assert len(names) == 15
    for parent, child in [
        ("User", "Account"),
        ("Account", "Contact"),
        ("Contact", "npe5__Affiliation__c"),
        ("Class__c", "Session__c"),
        ("Session__c", "Session_Participant__c"),
        ("Pathway__c", "Pathway_Session__c"),
        ("Case", "EmailMessage"),
    ]:
        assert names.index(parent) < names.index(child)


def test_an_entry_needs_no_more_than_its_name(tmp_path: Path) -> None:
    (entry,) = load_catalogue(written(tmp_path, '[campaign]\nsobject = "Campaign"\n'))
    assert (entry.sobject, entry.table_name, entry.cursor, entry.leave_out) == (
        "Campaign",
        "campaign",
        "",
        (),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[account]\nsobject = "Account"\ncursr = "SystemModstamp"', "cursr"),
        ('[account]\ncursor = "SystemModstamp"', "sobject"),
        ('[account]\nsobject = "Account; DROP"', "sobject"),
        ('[account]\nsobject = "Account"\nlookback_minutes = 5', "lookback_minutes"),
        ('account = "Account"', "account"),
    ],
)
def test_what_makes_no_sense_is_named_with_the_known_keys(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_catalogue(written(tmp_path, text))
    assert said in refused.value.what
    assert (
        refused.value.next_step == "Known keys: sobject, cursor, lookback_minutes, leave_out, refresh, about."
    )


def test_an_object_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Listed twice: account"):
        load_catalogue(written(tmp_path, '[a]\nsobject = "Account"\n[b]\nsobject = "ACCOUNT"'))


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_catalogue(written(tmp_path, "[account"))


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes('[account]\nsobject = "Ac\xe9"'.encode("latin-1"))
    with pytest.raises(SettingsError, match="not UTF-8 text") as caught:
        load_catalogue(path)
    assert caught.value.where == f"{path}:2"


def test_objects_are_chosen_by_name_in_the_order_of_the_catalogue() -> None:
    chosen = choose_objects(load_catalogue(), ["contact", "Account"])
    assert [entry.sobject for entry in chosen] == ["Account", "Contact"]
    assert choose_objects(load_catalogue(), []) == load_catalogue()


def test_an_unknown_object_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="no object Lead") as refused:
        choose_objects(load_catalogue(), ["Account", "Lead"])
    assert "npe5__Affiliation__c" in refused.value.next_step


def test_the_manual_lists_what_an_entry_may_say() -> None:
    manual = CATALOGUE.parents[2] / "docs/how-to/add-an-object.md"
    keys = [line.split("`")[1] for line in manual.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert keys == list(CatalogueObject.model_fields)
