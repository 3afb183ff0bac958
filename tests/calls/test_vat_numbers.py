import pytest

from calls.vat_numbers import VatError, check_vat


@pytest.mark.parametrize(
    ("country", "text", "number"),
    [
        ("RO", "RO 1854 7290", "RO18547290"),
        ("RO", "18547290", "RO18547290"),
        ("ro", " ro18547290 ", "RO18547290"),
        ("IT", "IT 0074.311.0157", "IT00743110157"),
        ("ES", "B-58378431", "ESB58378431"),
        ("BG", "175074752", "BG175074752"),
        ("GR", "EL 094259216", "EL094259216"),
        ("GR", "GR094259216", "EL094259216"),
        ("EL", "094259216", "EL094259216"),
    ],
)
def test_numbers_are_accepted_as_people_write_them(country: str, text: str, number: str) -> None:
    assert check_vat(country, text) == number


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("RO", "RO18547291"),
        ("RO", ""),
        ("RO", "RO"),
        ("RO", "BG175074752"),
        ("ES", "ES B58378432"),
        ("IT", "IT00743110157\u202e"),
        ("IT", "００７４３１１０１５"),
        ("BG", "x" * 10_000),
        ("US", "123456789"),
        ("XI", "110305878"),
        ("", "RO18547290"),
    ],
)
def test_wrong_numbers_are_refused_in_words(country: str, text: str) -> None:
    with pytest.raises(VatError) as refused:
        check_vat(country, text)
    assert str(refused.value)
