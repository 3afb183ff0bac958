"""The people who sign in to the demo, one or more per role. Their addresses exist nowhere: demo.example is reserved."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "eurocluster-demo"  # noqa: S105 — public on purpose: the demo prints it beside the addresses


@dataclass(frozen=True, slots=True)
class Holding:
    """A role as `calls.states.Role` names it, for one Eurocluster by its slug; `None` means for all."""

    role: str
    eurocluster: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`holds` are the team roles; `company` is the key of the demo company this person applies for."""

    email: str
    full_name: str
    role_words: str
    holds: tuple[Holding, ...] = ()
    company: str | None = None
    is_evaluator: bool = False


DESIRE, DREAM, RECENTRE = "desire", "dream", "recentre"


def _team(name: str, full_name: str, role_words: str, role: str, eurocluster: str | None) -> DemoPerson:
    return DemoPerson(f"{name}@demo.example", full_name, role_words, (Holding(role, eurocluster),))


PEOPLE = (
    _team("admin", "Ramona Crișan", "Platform administrator", "administrator", None),
    _team("owner.recentre", "Giorgio Moretto", "Owner of RE-CENTRE", "owner", RECENTRE),
    _team("manager.recentre", "Chiara Piovesan", "Cluster manager of RE-CENTRE", "manager", RECENTRE),
    _team("finance.recentre", "Jordi Masdeu", "Finance officer of RE-CENTRE, prepares", "finance", RECENTRE),
    _team("finance2.recentre", "Milena Stoyanova", "Finance officer of RE-CENTRE, releases", "finance", RECENTRE),
    _team("observer.recentre", "Anna-Maria Hofer", "Observer of RE-CENTRE", "observer", RECENTRE),
    _team("manager.desire", "Raluca Bențe", "Cluster manager of DESIRE", "manager", DESIRE),
    _team("finance.desire", "Kamil Nowicki", "Finance officer of DESIRE, prepares", "finance", DESIRE),
    _team("finance2.desire", "Montserrat Riera", "Finance officer of DESIRE, releases", "finance", DESIRE),
    _team("manager.dream", "Laurent Castellan", "Cluster manager of DREAM", "manager", DREAM),
    _team("finance.dream", "Béatrice Vandermeersch", "Finance officer of DREAM, prepares", "finance", DREAM),
    _team("finance2.dream", "Davide Ferrero", "Finance officer of DREAM, releases", "finance", DREAM),
    DemoPerson("evaluator1@demo.example", "Annelies Vercauteren", "Evaluator", is_evaluator=True),
    DemoPerson("evaluator2@demo.example", "Henrik Lindqvist", "Evaluator", is_evaluator=True),
    DemoPerson("evaluator3@demo.example", "Teresa Carvalho", "Evaluator", is_evaluator=True),
    DemoPerson(
        "applicant1@demo.example", "Ioana Mureșan", "Applicant, furniture SME in Romania", company="lemndeapuseni"
    ),
    DemoPerson("applicant2@demo.example", "Javier Llorens", "Applicant, software SME in Spain", company="nexaforma"),
)


def person(email: str) -> DemoPerson:
    """Give the demo person with this address.

    Raises:
        KeyError: nobody has it.
    """
    found = next((one for one in PEOPLE if one.email == email), None)
    if found is None:
        raise KeyError(email)
    return found
