"""Says which Salesforce objects are landed; `objects.toml` is the whole list."""

from extract.catalogue.catalogue import CatalogueObject, choose_objects, load_catalogue

__all__ = ["CatalogueObject", "choose_objects", "load_catalogue"]
