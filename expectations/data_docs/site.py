"""Builds the pages: Great Expectations' site builder with our views, our files, and errors that are errors."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import great_expectations.render.view as gx_view
from great_expectations.render.renderer import SiteIndexPageRenderer
from great_expectations.render.renderer.site_builder import SiteBuilder
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView

from expectations.data_docs.offline import localise
from extract.errors import LandfallError
from extract.whole_file import write_whole

VENDOR = Path(__file__).resolve().parent / "vendor"
IMAGES = ("favicon.ico", "logo-long.png")


class OfflinePageView(DefaultJinjaPageView):
    def render(self, document: Any, template: Any = None, **options: Any) -> str:
        up = _up(document)
        return localise(super().render(document, template, **options), up, f"{up}../index.html")


class OfflineIndexView(DefaultJinjaIndexPageView):
    def render(self, document: Any, template: Any = None, **options: Any) -> str:
        return localise(super().render(document, template, **options), "./", "../index.html")


class IndexRenderer(SiteIndexPageRenderer):
    """The index with one more column: the share of rules passed."""

    @classmethod
    def _generate_validation_results_link_table(cls, index_links_dict: dict[str, Any]) -> Any:
        table = super()._generate_validation_results_link_table(index_links_dict)
        links = index_links_dict.get("validations_links", [])
        for row, link in zip(table.table_data, links, strict=True):
            percent = (link.get("batch_kwargs") or {}).get("success_percent")
            row["percent"] = "" if percent is None else f"{percent:.1f} %"
        table.table_columns.insert(1, {"field": "percent", "title": "Rules passed", "sortable": "true"})
        return table


class OfflineSiteBuilder(SiteBuilder):
    # The arguments are named because Great Expectations passes only what the signature names.
    def __init__(
        self,
        data_context: Any,
        store_backend: dict[str, Any],
        site_name: str | None = None,
        runtime_environment: Any = None,
        validation_results_limit: int = 450,
        **more: Any,
    ) -> None:
        view = {"module_name": __name__, "class_name": "OfflinePageView"}
        super().__init__(
            data_context,
            store_backend,
            site_name=site_name,
            runtime_environment=runtime_environment,
            show_how_to_buttons=False,
            # the text "None": a real None crashes, and the default reads every result twice
            site_section_builders={
                "expectations": {"view": view},
                "validations": {"view": view},
                "profiling": "None",
            },
            site_index_builder={
                "class_name": "DefaultSiteIndexBuilder",
                "validation_results_limit": validation_results_limit,
                "renderer": {"module_name": __name__, "class_name": "IndexRenderer"},
                "view": {"module_name": __name__, "class_name": "OfflineIndexView"},
            },
            **more,
        )
        self.data_context_id = None
        self._folder = Path(store_backend["base_directory"])
        self.target_store.copy_static_assets = (
            self._copy_own_files
        )  # not its 4 MB of unused fonts at every build

    def build(self, resource_identifiers: Any = None, build_index: bool = True) -> Any:
        """Great Expectations logs a page it cannot render and goes on without it; here that is an error."""
        index = self._folder / "index.html"
        before = index.read_bytes() if index.exists() else None
        with _errors_of("great_expectations.render") as errors:
            built = super().build(resource_identifiers, build_index)
        if errors:
            if before is not None:
                write_whole(index, before)  # it has been overwritten by an empty file
            raise LandfallError(
                f"{len(errors)} pages of Data Docs could not be rendered.",
                str(self._folder),
                "The log of the validate stage has the reasons; please report it.",
            )
        return built

    def _copy_own_files(self, *_: Any) -> None:
        static = self._folder / "static"
        shipped = Path(gx_view.__file__).parent / "static" / "images"
        wanted = {static / "images" / name: shipped / name for name in IMAGES}
        wanted |= {
            static / "vendor" / path.relative_to(VENDOR): path
            for path in VENDOR.rglob("*.*")
            if path.is_file()
        }
        for target, source in wanted.items():
            if not target.exists() or target.stat().st_size != source.stat().st_size:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)  # the content alone: permissions are the process's


class _errors_of(logging.Handler):
    """The error messages a logger emits within a block."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.ERROR)
        self._logger = logging.getLogger(name)
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())

    def __enter__(self) -> list[str]:
        self._logger.addHandler(self)
        return self._messages

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def _up(document: Any) -> str:
    """The way from a page to the site's top: suites lie one folder deep, validations four."""
    page = document.to_json_dict() if hasattr(document, "to_json_dict") else document
    dots = (page.get("expectation_suite_name") or "").count(".")
    return "../" * (dots + (1 if "ExpectationSuite" in (page.get("renderer_type") or "") else 4))
