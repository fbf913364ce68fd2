"""The command line of the sites: `python -m web sites add`, `list`, `check`, `revoke`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rag.errors import AssistantError
from rag.records import Language
from rag.settings import load_settings
from web.site_checks import report_on
from web.site_editing import NewSite, new_keys
from web.site_editing import add as add_site
from web.site_editing import revoke as revoke_site
from web.site_file import SiteFileError, read_sites
from web.site_records import Contact, Site
from web.sites import own_origins
from web.tags import host_policy, tag

cli = typer.Typer(
    help="What a browser talks to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sites = typer.Typer(
    help="The sites that may embed the assistant and call its API.", no_args_is_help=True, rich_markup_mode=None
)
cli.add_typer(sites, name="sites")

SitesFile = Annotated[Path | None, typer.Option("--sites", help="File of the sites. Default: WENJU_SITES.")]

_LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")


@cli.callback()
def _web() -> None:
    """Keeps `sites` a word of its own."""


@sites.command(
    epilog="Example:  python -m web sites add health --origin https://www.health.example.gov.cn --title 卫生健康问答 "
    "--contact-name 市民服务热线 --contact-phone 12345"
)
def add(
    name: Annotated[str, typer.Argument(help="What the site is called here: letters, digits, - and _.")],
    origin: Annotated[list[str], typer.Option(help="Where its pages are, such as https://www.example.gov.cn.")],
    articles: Annotated[
        list[str] | None, typer.Option(help="Ids of the articles it may see, * for any letters. Default: all.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="zh-Hans, zh-Hant or en, the first by default. Default: all three.")
    ] = None,
    title: Annotated[
        list[str] | None, typer.Option(help="Title of the widget, or LANGUAGE=TITLE for each language.")
    ] = None,
    contact_name: Annotated[str | None, typer.Option(help="The people who answer where the assistant cannot.")] = None,
    contact_phone: Annotated[str | None, typer.Option("--contact-phone", "--phone", help="Their number.")] = None,
    contact_url: Annotated[str | None, typer.Option(help="Their page.")] = None,
    secure: Annotated[bool, typer.Option("--secure", help="Questions need a token of the site's own server.")] = False,
    sites_file: SitesFile = None,
) -> None:
    """Invite site NAME. Its secret key is shown once."""
    settings = load_settings(sites=sites_file)
    languages = tuple(_language(given) for given in language or ())
    if (contact_phone or contact_url) and not contact_name:
        raise typer.BadParameter("--contact-phone and --contact-url need --contact-name.")
    new = NewSite(
        name=name,
        origins=origin,
        articles=articles or (),
        languages=languages,
        titles=_titles(title or (), languages),
        contact=Contact(name=contact_name, phone=contact_phone, url=contact_url) if contact_name else None,
        secure=secure,
    )
    keys = new_keys()
    own = min(
        own_origins(settings.public_url, settings.port)
    )  # before anything is written, so that a wrong setting leaves nothing behind
    site = add_site(settings.sites, new, keys)
    typer.echo(f'Site "{site.name}" is in {settings.sites}. A running server knows it with the next question.\n')
    typer.echo(f"Public key  {keys.public}\nSecret key  {keys.secret}")
    typer.echo("            shown this once; only for the site's own server, never for a page\n")
    typer.echo(f"For its pages:\n  {tag(site, own)}\n")
    typer.echo(f"Where they have a Content-Security-Policy, it needs:\n  {host_policy(own)}")
    if settings.public_url is None:
        typer.echo("\nWENJU_PUBLIC_URL is unset: this tag works only on this machine.", err=True)
    if site.contact is None:
        typer.echo('\nIt names no people to ask yet: add a contact, then "python -m web sites check".', err=True)


def _language(given: str) -> Language:
    for language in _LANGUAGES:
        if given == language:
            return language
    raise typer.BadParameter(f"{given!r} is none of {', '.join(_LANGUAGES)}.")


def _titles(given: list[str] | tuple[()], languages: tuple[Language, ...]) -> dict[Language, str]:
    titles: dict[Language, str] = {}
    for entry in given:
        language, _, words = entry.partition("=")
        if language in _LANGUAGES and words:
            titles[_language(language)] = words
        else:
            titles[(*languages, "zh-Hans")[0]] = entry
    return titles


@sites.command("list")
def list_sites(sites_file: SitesFile = None) -> None:
    """Show the sites."""
    settings = load_settings(sites=sites_file)
    if not settings.sites.exists():
        typer.echo(
            f"No {settings.sites}: only this server's own pages may ask. Invite a site with: python -m web sites add"
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("site", "public key", "origins", "articles", "languages", "state"):
        table.add_column(heading, no_wrap=heading == "public key", overflow="fold")
    for site in read_sites(settings.sites):
        table.add_row(
            site.name,
            site.key,
            "\n".join(site.origins),
            "\n".join(site.articles) or "all",
            " ".join(site.languages),
            _state(site),
            style="dim" if site.revoked else None,
        )
    # What is read by a program is not folded to the width of a screen.
    Console(width=None if sys.stdout.isatty() else 240, highlight=False, markup=False).print(table)


def _state(site: Site) -> str:
    if site.revoked:
        return "revoked"
    return "invited, with tokens" if site.secure else "invited"


@sites.command()
def check(sites_file: SitesFile = None) -> None:
    """Check the file: a line for each thing to mend, and exit code 1 if there is one."""
    settings = load_settings(sites=sites_file)
    if not settings.sites.exists():
        typer.echo(f"No {settings.sites}: only this server's own pages may ask.")
        return
    report = report_on(settings.sites, index=settings.index, public_url=settings.public_url)
    for line in report.remarks:
        typer.echo(f"note: {line}")
    for line in report.findings:
        typer.echo(line, err=True)
    if report.findings:
        raise typer.Exit(1)
    typer.echo(f"{settings.sites}: nothing to mend.")


@sites.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The site.")],
    sites_file: SitesFile = None,
) -> None:
    """Take back the invitation of site NAME. Its entry stays, so that its keys are never given to another."""
    settings = load_settings(sites=sites_file)
    if revoke_site(settings.sites, name):
        typer.echo(f'Site "{name}" is revoked. A running server knows it with the next question.')
    else:
        typer.echo(f'Site "{name}" was revoked before.')


def main() -> None:
    """Run the command line. A clear error is one line on stderr and exit code 1."""
    try:
        cli()
    except (AssistantError, SiteFileError) as error:
        print(f"web: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
