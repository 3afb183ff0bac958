"""What a person types into the page of an organisation."""

LEMN = {
    "legal_name": "Lemn de Apuseni SRL",
    "country": "RO",
    "vat_number": "RO 3803 1225",
    "street": "Strada Fabricii 84",
    "postcode": "400632",
    "city": "Cluj-Napoca",
    "nace": "31.09",
    "founded_on": "17.3.2009",
    "headcount": "34",
    "turnover_eur": "2 410 000",
    "balance_sheet_eur": "1,680,000.00",
    "description": "Makes folding furniture.",
}
