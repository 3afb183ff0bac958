"""Which organisations are one single undertaking: enterprises that are linked, directly or through others.

Law: Regulation (EU) 2023/2831, Article 2(2), and Recommendation 2003/361/EC, Annex, Article 3(3): enterprises linked by a
majority of votes, of the board, by contract or shareholder agreement count as one. Links work in both directions and
through others. What an organisation declares of its group tells them; an enterprise in it is found again by its VAT
number, else by its name and country, where that name is one enterprise only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache

from django.db.models import Q
from django.db.models.functions import Upper

from applications.exclusion import Known, plain_name, plain_number
from applications.models import GroupMember, Organisation

Link = tuple[int, Known]
alike = lru_cache(maxsize=50_000)(plain_name)


class Unions:
    """Sets that only ever grow together."""

    def __init__(self) -> None:
        self.above: dict[Hashable, Hashable] = {}

    def of(self, one: Hashable) -> Hashable:
        while (above := self.above.setdefault(one, one)) != one:
            self.above[one] = self.above[above]
            one = above
        return one

    def join(self, one: Hashable, other: Hashable) -> None:
        self.above[self.of(one)] = self.of(other)


def united(firms: Mapping[int, Known], links: Iterable[Link]) -> dict[int, frozenset[int]]:
    """For each firm the numbers of all that are one undertaking with it, itself included.

    A link says that an enterprise is linked to the firm with that number.
    """
    links = list(links)
    numbers = _numbers_by_name([*firms.values(), *(enterprise for _firm, enterprise in links)])
    unions = Unions()
    for pk, firm in firms.items():
        unions.join(pk, _identity(firm, numbers) or pk)
    for pk, enterprise in links:
        if identity := _identity(enterprise, numbers):
            unions.join(pk, identity)
    together: dict[Hashable, set[int]] = defaultdict(set)
    for pk in firms:
        together[unions.of(pk)].add(pk)
    return {pk: frozenset(together[unions.of(pk)]) for pk in firms}


def _numbers_by_name(firms: Iterable[Known]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for firm in firms:
        if firm.vat_number:
            found[_named(firm)].add(plain_number(firm.vat_number))
    return found


def _identity(firm: Known, numbers: Mapping[tuple[str, str], set[str]]) -> Hashable | None:
    """The VAT number, else the one that goes with the name; a name that two numbers share tells nobody apart."""
    if firm.vat_number:
        return "vat", plain_number(firm.vat_number)
    known = numbers.get(_named(firm), set())
    if len(known) > 1:
        return None
    return ("vat", next(iter(known))) if known else ("name", *_named(firm))


def _named(firm: Known) -> tuple[str, str]:
    return firm.country, alike(firm.name)


def undertakings_of(organisations: Mapping[int, Known]) -> dict[int, dict[int, Known]]:
    """For each organisation those of the portal that are one single undertaking with it, itself included, by number."""
    declared = _declared_links()
    if not declared:
        return {pk: {pk: known} for pk, known in organisations.items()}
    links = [link for _declarer, link in declared]
    firms = dict(organisations) | {link[0]: declarer for declarer, link in declared}
    concerned = _reachable(organisations, united(firms, links))
    firms |= _described([enterprise for pk, enterprise in links if pk in concerned])
    together = united(firms, links)
    return {pk: {one: firms[one] for one in sorted(together[pk])} for pk in organisations}


def _reachable(organisations: Iterable[int], together: Mapping[int, frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*(together[pk] for pk in organisations))


def _declared_links() -> list[tuple[Known, Link]]:
    """Every link that an organisation declares, with who declares it. An enterprise without a country is a neighbour."""
    rows = GroupMember.objects.filter(is_linked=True).order_by("pk")
    facts = "organisation__legal_name", "organisation__country", "organisation__vat_number"
    return [
        (Known(*declarer), (pk, Known(name, country or declarer[1], vat_number)))
        for pk, name, country, vat_number, *declarer in rows.values_list(
            "organisation", "name", "country", "vat_number", *facts
        )
    ]


def _described(enterprises: Iterable[Known]) -> dict[int, Known]:
    """The organisations of the portal that may be one of the enterprises: by number, or by a name that looks like it."""
    wanted = Q(pk__in=())
    for one in enterprises:
        named = Q(country=one.country, upper__trigram_similar=one.name.upper())
        wanted |= Q(vat_number=plain_number(one.vat_number)) if one.vat_number else named
    rows = Organisation.objects.annotate(upper=Upper("legal_name")).filter(wanted).order_by("pk")
    return {pk: Known(*facts) for pk, *facts in rows.values_list("pk", "legal_name", "country", "vat_number")}
