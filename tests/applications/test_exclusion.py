"""Who belongs to the consortium: by number, by name whatever its form, by its people, and who only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.exclusion import Known, Verdict, judge, plain_name

CENFIM = Known("Fundació CENFIM Cluster del Moble, S.L.", "ES", "ESB60197993", "partner of the Eurocluster")


@pytest.mark.parametrize(
    "organisation",
    [
        Known("Quite Another Name", "ES", "ESB60197993"),
        Known("Quite Another Name", "PT", "es b-6019.7993"),
        Known("FUNDACIO CENFIM CLUSTER DEL MOBLE", "ES"),
        Known("Fundació Cenfim Cluster del Moble SL", "ES", "ESB99999999"),
        Known("Fundacio  Cenfim – Cluster del Moble S. L.", "ES"),
        Known("Fundació \u0421ENFIM \u0421luster\u200b del M\u043eble", "ES"),
    ],
)
def test_the_same_organisation(organisation: Known) -> None:
    assert judge(organisation, [CENFIM]) == Verdict(True, "partner of the Eurocluster")


@pytest.mark.parametrize(
    "organisation",
    [
        Known("Fundació CENFIM Clusters del Moble", "ES"),
        Known("Cluster del Moble, Fundació CENFIM", "ES"),
    ],
)
def test_a_name_that_looks_alike_is_for_a_person_to_judge(organisation: Known) -> None:
    verdict = judge(organisation, [CENFIM])
    assert verdict.is_excluded is None
    assert CENFIM.name in verdict.words


@pytest.mark.parametrize(
    "organisation",
    [
        Known("Fundació CENFIM Cluster del Moble", "FR"),
        Known("Fundació CENFIM Clusters del Moble", "FR"),
        Known("Cluster del Moble", "ES"),
        Known("Lemn de Apuseni SRL", "RO"),
        Known("", "ES"),
    ],
)
def test_another_organisation(organisation: Known) -> None:
    assert judge(organisation, [CENFIM]) == Verdict(False, "")


def test_no_number_is_no_common_number() -> None:
    assert judge(Known("One", "ES"), [Known("Another", "ES")]).is_excluded is False


def test_people_of_the_team_exclude_their_firm() -> None:
    verdict = judge(Known("Lemn de Apuseni SRL", "RO"), [], is_staff=True)
    assert verdict.is_excluded is True
    assert "works in the team" in verdict.words


def test_a_certain_tie_comes_before_a_likeness() -> None:
    alike = Known("Fundació CENFIM Clusters del Moble", "ES", "", "affiliate")
    same = Known(CENFIM.name, "ES")
    assert judge(same, [alike, CENFIM]) == Verdict(True, "partner of the Eurocluster")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Pôle MecaTech ASBL", "pole mecatech"),
        ("MESAP S.p.A.", "mesap"),
        ("Möbel & Söhne GmbH & Co. KG", "mobel and sohne gmbh and co"),
        ("Drewno Sp. z o.o.", "drewno"),
        ("Łódź Meble sp. z o. o.", "lodz meble"),
        ("Nábytek s. r. o.", "nabytek"),
        ("Pohištvo d.o.o.", "pohistvo"),
        ("Грийн Синерджи ООД", "griin sinerdzhi"),
        ("Cen\u200bfim", "cenfim"),
        ("Cen\u2060fim\u00ad Clus\u034fter\u200f", "cenfim cluster"),
        ("𝐂𝐞𝐧𝐟𝐢𝐦 Ｃｌｕｓｔｅｒ", "cenfim cluster"),
        ("\u0421enfim \u0421lust\u0435r", "cenfim cluster"),
        ("\u0397olz AG", "holz"),
        ("SA", "sa"),
        ("S.A.", "sa"),
        ("", ""),
        ("–", ""),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@given(st.text(max_size=80))
def test_a_plain_name_is_plain(name: str) -> None:
    assert plain_name(plain_name(name)) == plain_name(name)
    assert set(plain_name(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


def test_a_name_in_other_letters_that_looks_the_same_is_for_a_person_to_judge() -> None:
    """Cyrillic throughout, so it is read as "tesno": nobody can tell what was meant but by looking."""
    seen = Known("\u0422\u0415\u0421\u041d\u041e", "BG")
    assert plain_name(seen.name) == "tesno"
    assert judge(seen, [Known("TECHO", "BG")]).is_excluded is None
