"""Rewrites a page of Great Expectations so that it loads nothing from outside, and refuses a page that still would."""

from __future__ import annotations

import re

# which outside address is replaced by which file of ours; "" drops the tag
ASSETS = (
    (r"https://unpkg\.com/bootstrap-table@[\d.]+/dist/bootstrap-table\.min\.css", "bootstrap-table.min.css"),
    (
        r"https://unpkg\.com/bootstrap-table@[\d.]+/dist/extensions/filter-control/"
        r"bootstrap-table-filter-control(?:\.min)?\.css",
        "bootstrap-table-filter-control.min.css",
    ),
    (r"https://unpkg\.com/bootstrap-table@[\d.]+/dist/bootstrap-table\.min\.js", "bootstrap-table.min.js"),
    (
        r"https://unpkg\.com/bootstrap-table@[\d.]+/dist/extensions/filter-control/"
        r"bootstrap-table-filter-control\.min\.js",
        "bootstrap-table-filter-control.min.js",
    ),
    (r"https://maxcdn\.bootstrapcdn\.com/bootstrap/[\d.]+/css/bootstrap\.min\.css", "bootstrap.min.css"),
    (r"https://stackpath\.bootstrapcdn\.com/bootstrap/[\d.]+/js/bootstrap\.min\.js", "bootstrap.min.js"),
    (
        r"https://cdnjs\.cloudflare\.com/ajax/libs/bootstrap-datepicker/[\d.]+/css/bootstrap-datepicker\.min\.css",
        "bootstrap-datepicker.min.css",
    ),
    (
        r"https://cdnjs\.cloudflare\.com/ajax/libs/bootstrap-datepicker/[\d.]+/js/bootstrap-datepicker\.min\.js",
        "bootstrap-datepicker.min.js",
    ),
    (
        r"https://cdnjs\.cloudflare\.com/ajax/libs/font-awesome/[\d.]+/css/all\.min\.css",
        "fontawesome/css/all.min.css",
    ),
    (r"https://cdnjs\.cloudflare\.com/ajax/libs/popper\.js/[\d.]+/umd/popper\.min\.js", "popper.min.js"),
    (r"https://code\.jquery\.com/jquery-[\d.]+\.min\.js", "jquery.min.js"),
    # light only: the dark logo is remote and headings stay light
    (
        r"https://cdn\.jsdelivr\.net/npm/@forevolve/bootstrap-dark@[\d.]+/dist/css/bootstrap-prefers-dark\.css",
        "",
    ),
    # only rules that suites may not use draw graphs
    (r"https://cdn\.jsdelivr\.net/npm/vega(?:-lite|-embed)?@\d+", ""),
)
IMAGES = "https://great-expectations-web-assets.s3.us-east-2.amazonaws.com/"
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; script-src 'self' file: 'unsafe-inline'; style-src 'self' file: 'unsafe-inline'; "
    "img-src 'self' file: data:; font-src 'self' file:; form-action 'none'; base-uri 'none'\">"
)
LOADS = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*(?:https?:)?//[^>]*>"
    r"|url\(\s*['\"]?(?:https?:)?//|@import",
    re.IGNORECASE,
)
OUTBOUND = re.compile(r"""<a\b[^>]*href=["']?https?://[^>]*>(.*?)</a>""", re.IGNORECASE | re.DOTALL)


def localise(html: str, up: str, home: str) -> str:
    """The page with our own files; `up` leads to the site's top, `home` to the status page.

    Raises ValueError when something outside is left: an upgrade of Great Expectations that moves to another
    address fails the build and not the reader.
    """
    html = _with_own_files(html, up)
    html = _with_own_images(html, up)
    html = re.sub(r"@media\s*\(prefers-color-scheme:\s*dark\)", "@media not all", html)
    html = re.sub(r"<footer>\s*<p>Stay current.*?</footer>", "", html, flags=re.DOTALL)
    html = html.replace("Sampled Unexpected Values", "Records")  # of each rule the first ids, and no values
    html = OUTBOUND.sub(r"\1", html)
    html = html.replace("<head>", f"<head>\n    {POLICY}", 1)
    html = re.sub(r"(<body\b[^>]*>)", rf"\1\n{_way_home(home)}", html, count=1)
    left = LOADS.search(html)
    if left:
        raise ValueError(f"A page of Data Docs would load something from outside: {left.group(0)[:120]}")
    return html


def _with_own_files(html: str, up: str) -> str:
    for address, name in ASSETS:
        if name:
            pattern = r'(["\'])' + address + r'\1(?:\s+(?:integrity|crossorigin)="[^"]*")*'
            html = re.sub(pattern, f'"{up}static/vendor/{name}"', html)
        else:
            pattern = rf'<script[^>]*src="{address}"[^>]*>\s*</script>\s*|<link[^>]*href="{address}"[^>]*>\s*'
            html = re.sub(pattern, "", html)
    return html


def _with_own_images(html: str, up: str) -> str:
    logo = f"{up}static/images/logo-long.png"
    html = re.sub(re.escape(IMAGES) + r'logo-long\.png\?[^"\']*', logo, html)  # as shipped, a tracking image
    html = re.sub(re.escape(IMAGES) + r"full_logo_dark\.png", logo, html)
    return re.sub(
        r'(<link rel="shortcut icon" href=")[^"]*(")', rf"\g<1>{up}static/images/favicon.ico\2", html
    )


def _way_home(home: str) -> str:
    return f'<p style="margin: 8px 16px"><a href="{home}">← Landfall: state of the sync</a></p>'
