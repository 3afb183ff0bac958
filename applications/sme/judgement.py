"""The size of an enterprise together with its group, explained. Law: Recommendation 2003/361/EC, Annex, Articles 3 to 6.

Total = linked enterprises at 100 % + every cluster of an immediate partner at its percentage. Consolidated accounts are
used where they exist, and nothing in them is added a second time. The two-period rule decides each ceiling for itself; it
does not protect after a change of ownership. A figure that is not known makes the result unknown where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from applications.sme.ceilings import CEILINGS, Category, Ceiling, is_within, lasting
from applications.sme.group import HUNDRED, Enterprise, Figures, Group

ZERO = Decimal(0)
NAMES = ("headcount", "turnover_eur", "balance_sheet_eur")


@dataclass(frozen=True, slots=True)
class Member:
    """One enterprise of the group: the share (0 to 1) with which it counts, and why; `share` of 0 does not count."""

    code: str
    title: str
    share: Decimal
    reason: str
    figures: Figures
    is_in_consolidated: bool = False


@dataclass(frozen=True, slots=True)
class CeilingResult:
    """Whether the totals keep a ceiling in each closed period, the latest first, and by the two-period rule."""

    category: Category
    ceiling: Ceiling
    periods: tuple[bool | None, ...]
    is_kept: bool | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`totals` are of each closed period, the latest first; `category` is `None` when a figure is missing."""

    members: tuple[Member, ...]
    totals: tuple[Figures, ...]
    ceilings: tuple[CeilingResult, ...]
    category: Category | None
    category_of_latest: Category | None
    public_pct: Decimal
    notes: tuple[str, ...]

    @property
    def total(self) -> Figures:
        return self.totals[0]

    @property
    def counted(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.share)


def judge(group: Group) -> Judgement:
    """Work out the category of the applicant with everything that counts towards it."""
    totals = tuple(total_of(group, age) for age in range(_periods(group)))
    ceilings = tuple(_ceiling_result(ceiling, totals, group) for ceiling in CEILINGS)
    category = Category.LARGE if group.is_public else _first_kept(ceilings)
    return Judgement(
        members=tuple(_members(group)),
        totals=totals,
        ceilings=ceilings,
        category=category,
        category_of_latest=_latest(ceilings),
        public_pct=group.public_pct(),
        notes=tuple(_notes(group, ceilings, category)),
    )


def _periods(group: Group) -> int:
    """As many closed periods as are known of the applicant, at most three; a new owner begins anew."""
    known = 1 + len(group.enterprises[group.applicant].earlier)
    return 1 if group.has_new_owner else min(known, 3)


# --- Totals -----------------------------------------------------------------------------------


def total_of(group: Group, age: int = 0) -> Figures:
    """The figures of the group in a closed period; `age` counts back from the latest (0)."""
    parts = [(Decimal(1), _cluster_total(group, group.linked, age))]
    parts += [(pct / HUNDRED, _cluster_total(group, cluster, age)) for cluster, pct in group.partner_clusters.items()]
    return Figures(*(_sum(share * value if (value := getattr(one, name)) is not None else None for share, one in parts)
                     for name in NAMES))  # fmt: skip


def _cluster_total(group: Group, cluster: frozenset[str], age: int) -> Figures:
    """All of the cluster once: consolidated accounts first, then whoever is in none of them."""
    accounts = [
        figures_of(group.enterprises[code], age, uses_consolidated=True) for code in _consolidating(group, cluster)
    ]
    accounts += [figures_of(group.enterprises[code], age) for code in sorted(cluster - consolidated_in(group))]
    return Figures(*(_sum(getattr(one, name) for one in accounts) for name in NAMES))


def figures_of(enterprise: Enterprise, age: int, *, uses_consolidated: bool = False) -> Figures:
    """Of an enterprise that does not know the period its earliest known figures stand in."""
    if uses_consolidated and enterprise.consolidated:
        return enterprise.consolidated.figures
    known = (enterprise.figures, *enterprise.earlier)
    return known[min(age, len(known) - 1)]


def _consolidating(group: Group, cluster: frozenset[str]) -> list[str]:
    """Whose consolidated accounts are used: those that stand in no other ones."""
    return sorted(code for code in cluster & _heads(group))


def _heads(group: Group) -> frozenset[str]:
    with_accounts = {code for code, one in group.enterprises.items() if one.consolidated and code in group.shares()}
    return frozenset(code for code in with_accounts if not any(_covers(group, other, code) for other in with_accounts))


def _covers(group: Group, head: str, code: str) -> bool:
    """Of two accounts that hold each other, the first by its code is used."""
    accounts = group.enterprises[head].consolidated
    if accounts is None or head == code or code not in accounts.includes:
        return False
    other = group.enterprises[code].consolidated
    return not (other and head in other.includes and code < head)


def consolidated_in(group: Group) -> frozenset[str]:
    """Every enterprise whose figures are in consolidated accounts that are used, the consolidating ones included."""
    heads = _heads(group)
    inside = (group.enterprises[code].consolidated for code in heads)
    return heads.union(*(accounts.includes for accounts in inside if accounts))


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    found = list(values)
    return None if any(value is None for value in found) else sum((one for one in found if one is not None), ZERO)


# --- Ceilings and periods ---------------------------------------------------------------------


def _ceiling_result(ceiling: Ceiling, totals: tuple[Figures, ...], group: Group) -> CeilingResult:
    raw = tuple(is_within(ceiling, *(getattr(total, name) for name in NAMES)) for total in totals)
    return CeilingResult(ceiling.category, ceiling, raw, _kept(raw))


def _kept(raw: tuple[bool | None, ...]) -> bool | None:
    """Unknown only where the missing result could tip the status."""
    outcomes = {lasting([one if one is not None else guess for one in raw]) for guess in (True, False)}
    return outcomes.pop() if len(outcomes) == 1 else None


def _first_kept(ceilings: Iterable[CeilingResult]) -> Category | None:
    for one in ceilings:
        if one.is_kept is None:
            return None
        if one.is_kept:
            return one.category
    return Category.LARGE


def _latest(ceilings: Iterable[CeilingResult]) -> Category | None:
    for one in ceilings:
        if one.periods[0] is None:
            return None
        if one.periods[0]:
            return one.category
    return Category.LARGE


# --- Words ------------------------------------------------------------------------------------


def _members(group: Group) -> Iterable[Member]:
    shares = group.shares()
    inside = consolidated_in(group) - _heads(group)
    order = sorted(group.enterprises, key=lambda code: (code != group.applicant, -shares.get(code, ZERO), code))
    for code in order:
        one = group.enterprises[code]
        uses = code in _heads(group)
        yield Member(
            code=code,
            title=one.title,
            share=shares.get(code, ZERO),
            reason=_reason(group, code, shares),
            figures=figures_of(one, 0, uses_consolidated=uses),
            is_in_consolidated=code in inside and code in shares,
        )


def _reason(group: Group, code: str, shares: Mapping[str, Decimal]) -> str:
    if code == group.applicant:
        return _("The applicant itself.")
    if code in group.linked:
        return _linked_reason(group, code)
    pct = shares.get(code, ZERO) * HUNDRED
    if not pct:
        return _uncounted_reason(group, code)
    values = {"pct": _pct(pct), "name": group.enterprises[code].title}
    if _direct_pct(group, code):
        return _("Partner: %(pct)s %% of capital or votes, the higher, between it and the applicant's own.") % values
    return _("Linked to a partner, so it counts with the partner's %(pct)s %%.") % values


def _linked_reason(group: Group, code: str) -> str:
    stated = any(code in link for link in group.links)
    has_majority = any(
        group.votes({one}, other) > HUNDRED / 2 for one, other in ((code, other) for other in group.linked - {code})
    ) or any(group.votes({other}, code) > HUNDRED / 2 for other in group.linked - {code})
    if has_majority:
        return _("Linked by more than 50 % of the votes, directly or through others: counts in full.")
    if stated:
        return _("Linked by the board, a contract or persons acting jointly, as stated: counts in full.")
    return _("Linked, as enterprises linked to each other hold more than 50 % of the votes together: counts in full.")


def _uncounted_reason(group: Group, code: str) -> str:
    if group.is_excepted(code) and group.holdings_of([code], group.applicant):
        return _("Excepted investor with at most 50 %: does not count (Article 3(2)).")
    pct = group.between(group.linked, group.clusters[code])
    if pct:
        return _("Below 25 %% (%(pct)s %%): does not count.") % {"pct": _pct(pct)}
    return _("No immediate partner of the applicant or of what is linked to it: does not count.")


def _direct_pct(group: Group, code: str) -> Decimal:
    """What the enterprise itself and the applicant's own hold of each other."""
    return max(
        [group.joint_pct(group.linked, code), *(group.joint_pct(frozenset({code}), own) for own in group.linked)]
    )


def _notes(group: Group, ceilings: tuple[CeilingResult, ...], category: Category | None) -> Iterable[str]:
    latest = _latest(ceilings)
    if group.is_public:
        yield _(
            "Public bodies hold %(pct)s %%, directly or through others: 25 %% or more end the status of an SME."
        ) % {"pct": _pct(group.public_pct())}
    elif category != latest and category is not None:
        yield _(
            "By the latest period alone it would be another size. A ceiling must be crossed in two consecutive periods"
            " before the status changes (Article 4(2))."
        )
    if group.has_new_owner:
        yield _("The owners changed, so earlier periods do not protect the status: the latest figures decide.")
    if category is None:
        yield _("A figure is missing that could change the result.")


def _pct(value: Decimal) -> str:
    return f"{value.normalize():f}"
