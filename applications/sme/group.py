"""Who counts towards the size of an enterprise, and with which share. Law: Recommendation 2003/361/EC, Annex, Article 3.

Linked: more than 50 % of the voting rights, held alone or together with linked enterprises, or a link known otherwise
(majority of the board, contract, persons acting jointly on the same or adjacent markets); transitive, in both directions.
Partner: 25 % or more of the capital or the votes, the higher of both, and not linked; exactly 50 % is a partner. Holdings
of linked firms in one enterprise add up; of holdings in both directions the greater counts. Partners of partners never
count. A holding of an excepted investor of at most 50 % makes no partner. Public bodies with 25 % or more end the status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MAJORITY, PARTNER_FROM, PUBLIC_FROM, HUNDRED = Decimal(50), Decimal(25), Decimal(25), Decimal(100)
ROUNDS_MAX = 1000  # more than any group is deep; of a circle as good as nothing is left to add
ANGEL_BELOW_EUR = Decimal(1_250_000)
AUTHORITY_BUDGET_BELOW_EUR, AUTHORITY_INHABITANTS_BELOW = Decimal(10_000_000), 5_000


class InvestorType(TextChoices):
    """The investors of Article 3(2) whose holding of up to 50 % leaves an enterprise autonomous, and public bodies."""

    PUBLIC_INVESTMENT = "public_investment", _("Public investment corporation")
    VENTURE_CAPITAL = "venture_capital", _("Venture capital company")
    BUSINESS_ANGEL = "business_angel", _("Business angel, less than 1.25 million euro in the enterprise")
    UNIVERSITY = "university", _("University or non-profit research centre")
    INSTITUTIONAL = "institutional", _("Institutional investor, regional development funds included")
    LOCAL_AUTHORITY = (
        "local_authority",
        _("Local authority, budget below 10 million euro and fewer than 5,000 inhabitants"),
    )
    PUBLIC_BODY = "public_body", _("Public body")


class GroupError(ValueError):
    """The description of the group is wrong at `path`, for the reason given."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True)
class Figures:
    """Annual work units, and euros; `None` is not known."""

    headcount: Decimal | None = None
    turnover_eur: Decimal | None = None
    balance_sheet_eur: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Consolidated:
    """Accounts that already hold the figures of the enterprise itself and of those in `includes`."""

    figures: Figures
    includes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """`earlier` are the closed periods before the latest, newest first. `public_pct` is held by public bodies not named
    in the group. `invested_eur`, `budget_eur` and `inhabitants` decide whether an angel or an authority is excepted."""

    code: str
    figures: Figures
    name: str = ""
    earlier: tuple[Figures, ...] = ()
    consolidated: Consolidated | None = None
    investor_type: str = ""
    public_pct: Decimal = Decimal(0)
    invested_eur: Decimal | None = None
    budget_eur: Decimal | None = None
    inhabitants: int | None = None

    @property
    def title(self) -> str:
        return self.name or self.code

    @property
    def is_public_body(self) -> bool:
        return self.investor_type == InvestorType.PUBLIC_BODY or (
            self.investor_type == InvestorType.LOCAL_AUTHORITY and not self.is_excepted
        )

    @property
    def is_excepted(self) -> bool:
        if self.investor_type == InvestorType.BUSINESS_ANGEL:
            return self.invested_eur is None or self.invested_eur < ANGEL_BELOW_EUR
        if self.investor_type == InvestorType.LOCAL_AUTHORITY:
            is_small = self.inhabitants is None or self.inhabitants < AUTHORITY_INHABITANTS_BELOW
            return is_small and (self.budget_eur is None or self.budget_eur < AUTHORITY_BUDGET_BELOW_EUR)
        return bool(self.investor_type) and self.investor_type != InvestorType.PUBLIC_BODY


@dataclass(frozen=True, slots=True)
class Holding:
    """Per cent of the capital and of the votes of `held`."""

    holder: str
    held: str
    capital_pct: Decimal
    voting_pct: Decimal

    @property
    def higher_pct(self) -> Decimal:
        return max(self.capital_pct, self.voting_pct)


@dataclass(frozen=True)
class Group:
    """An applicant with the enterprises around it. `exempt` names investors that are excepted whatever their type."""

    applicant: str
    enterprises: Mapping[str, Enterprise]
    holdings: tuple[Holding, ...] = ()
    links: tuple[frozenset[str], ...] = ()
    exempt: frozenset[str] = field(default_factory=frozenset)
    has_new_owner: bool = False

    def __post_init__(self) -> None:
        check_group(self)

    def is_excepted(self, code: str) -> bool:
        return code in self.exempt or self.enterprises[code].is_excepted

    @cached_property
    def clusters(self) -> dict[str, frozenset[str]]:
        """The linked enterprises of each, itself included. Grows until no cluster holds a majority outside itself."""
        found = {code: frozenset({code}) for code in self.enterprises}
        for link in self.links:
            found = _joined(found, link)
        while pair := self._majority(found):
            found = _joined(found, pair)
        return found

    def _majority(self, clusters: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        for held, holdings in self.holdings_in.items():
            votes: defaultdict[frozenset[str], Decimal] = defaultdict(Decimal)
            for one in holdings:
                votes[clusters[one.holder]] += one.voting_pct
            for holders, pct in votes.items():
                if held not in holders and pct > MAJORITY:
                    return frozenset({held, min(holders)})
        return None

    @cached_property
    def holdings_in(self) -> dict[str, list[Holding]]:
        found: defaultdict[str, list[Holding]] = defaultdict(list)
        for one in self.holdings:
            found[one.held].append(one)
        return found

    def votes(self, holders: Iterable[str], held: str) -> Decimal:
        return sum((one.voting_pct for one in self.holdings_of(holders, held)), Decimal(0))

    def holdings_of(self, holders: Iterable[str], held: str) -> list[Holding]:
        among = frozenset(holders)
        return [one for one in self.holdings_in.get(held, ()) if one.holder in among]

    @property
    def linked(self) -> frozenset[str]:
        """The applicant and all that is linked to it."""
        return self.clusters[self.applicant]

    @cached_property
    def partner_clusters(self) -> dict[frozenset[str], Decimal]:
        """Clusters with an immediate partner of the applicant's own, each with its percentage (above 0, at most 100)."""
        others = set(self.clusters.values()) - {self.linked}
        found = {cluster: self.between(self.linked, cluster) for cluster in others}
        return {cluster: pct for cluster, pct in found.items() if pct >= PARTNER_FROM}

    def between(self, one: frozenset[str], other: frozenset[str]) -> Decimal:
        """The percentage between two clusters: joint holdings added up, of all directions and enterprises the greatest."""
        pairs = [(one, held) for held in other] + [(other, held) for held in one]
        return max((self.joint_pct(holders, held) for holders, held in pairs), default=Decimal(0))

    def joint_pct(self, holders: frozenset[str], held: str) -> Decimal:
        """What the holders have together, excepted investors apart; capital and votes are added up each for itself."""
        counted = [one for one in self.holdings_of(holders, held) if not self.is_excepted(one.holder)]
        capital = sum((one.capital_pct for one in counted), Decimal(0))
        return min(max(capital, sum((one.voting_pct for one in counted), Decimal(0))), HUNDRED)

    def shares(self) -> dict[str, Decimal]:
        """With which share (0 to 1) each enterprise counts; those that do not count are left out."""
        found = dict.fromkeys(sorted(self.linked), Decimal(1))
        for cluster, pct in self.partner_clusters.items():
            found |= dict.fromkeys(sorted(cluster), pct / HUNDRED)
        return found

    # --- Public bodies ---

    def public_pct(self, code: str | None = None) -> Decimal:
        """What public bodies hold of an enterprise, of the applicant unless told, directly or through others (0 to 100).

        An enterprise under a public majority counts like a public body; otherwise its holding counts in proportion.
        """
        return self._public_pcts[code or self.applicant]

    @cached_property
    def _public_pcts(self) -> dict[str, Decimal]:
        """Of each enterprise, grown from nothing until nothing changes: of a circle ever less is added."""
        found = dict.fromkeys(self.enterprises, Decimal(0))
        for _round in range(ROUNDS_MAX):
            grown = {code: self._public_pct(code, found) for code in self.enterprises}
            if grown == found:
                break
            found = grown
        return found

    def _public_pct(self, code: str, known: Mapping[str, Decimal]) -> Decimal:
        parts = [self._public_part(one, known) for one in self.holdings_in.get(code, ())]
        return min(self.enterprises[code].public_pct + sum(parts, Decimal(0)), HUNDRED)

    def _public_part(self, holding: Holding, known: Mapping[str, Decimal]) -> Decimal:
        if self.is_excepted(holding.holder):
            return Decimal(0)
        if self.enterprises[holding.holder].is_public_body:
            return holding.higher_pct
        upstream = known[holding.holder]
        return holding.higher_pct if upstream > MAJORITY else holding.higher_pct * upstream / HUNDRED

    @property
    def is_public(self) -> bool:
        return self.public_pct() >= PUBLIC_FROM


def _joined(clusters: Mapping[str, frozenset[str]], codes: Iterable[str]) -> dict[str, frozenset[str]]:
    merged = frozenset[str]().union(*(clusters[code] for code in codes))
    return {code: merged if code in merged else cluster for code, cluster in clusters.items()}


# --- What cannot be -----------------------------------------------------------------------------


def check_group(group: Group) -> None:
    """Refuse a description that contradicts itself.

    Raises:
        GroupError: the first mistake, with its place.
    """
    for path, reason in _mistakes(group):
        raise GroupError(path, reason)


def _mistakes(group: Group) -> Iterator[tuple[str, str]]:
    known = group.enterprises
    if group.applicant not in known:
        yield "applicant", "is not among the enterprises"
    for code, enterprise in known.items():
        yield from _mistakes_in(f"enterprises.{code}", enterprise, known)
    for number, holding in enumerate(group.holdings):
        yield from _mistakes_of(f"holdings[{number}]", holding, known)
    for number, link in enumerate(group.links):
        if len(link) < 2 or link - known.keys():
            yield f"links[{number}]", "must name two different enterprises of the group"
    for code in sorted(group.exempt - known.keys()):
        yield "exempt", f"“{code}” is not among the enterprises"


def _mistakes_in(path: str, enterprise: Enterprise, known: Mapping[str, Enterprise]) -> Iterator[tuple[str, str]]:
    consolidated = enterprise.consolidated
    accounts = [enterprise.figures, *enterprise.earlier, *([consolidated.figures] if consolidated else [])]
    for figures in accounts:
        for name in Figures.__slots__:
            value = getattr(figures, name)
            if value is not None and (not value.is_finite() or value < 0):
                yield f"{path}.{name}", "must be a number that is not negative"
    if not 0 <= enterprise.public_pct <= HUNDRED:
        yield f"{path}.public_pct", "must be from 0 to 100"
    if enterprise.investor_type and enterprise.investor_type not in InvestorType.values:
        yield f"{path}.investor_type", f"must be one of {', '.join(InvestorType.values)}"
    if consolidated and consolidated.includes - known.keys():
        yield f"{path}.consolidated.includes", "names an enterprise that is not in the group"


def _mistakes_of(path: str, holding: Holding, known: Mapping[str, Enterprise]) -> Iterator[tuple[str, str]]:
    for name in ("holder", "held"):
        if getattr(holding, name) not in known:
            yield f"{path}.{name}", f"“{getattr(holding, name)}” is not among the enterprises"
    if holding.holder == holding.held:
        yield path, "an enterprise does not hold itself"
    for name in ("capital_pct", "voting_pct"):
        value = getattr(holding, name)
        if not value.is_finite() or not 0 <= value <= HUNDRED:
            yield f"{path}.{name}", "must be from 0 to 100"
