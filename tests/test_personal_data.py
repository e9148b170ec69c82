"""What is found of personal data, and what only looks like it. The numbers are made up, their digits are right."""

from __future__ import annotations

import re
import sys
from re._parser import parse  # type: ignore[import-not-found]
from types import FrameType, ModuleType

import pytest

from safety import personal_dates, personal_names, personal_numbers, personal_patterns, personal_phones
from safety.personal_data import Kind, find, mask

TRUE = {
    Kind.EMAIL: ["ana.lopez@correo.es", "j_perez+news@mail.example.com", "maría@niño.cl", "o'brien@uni.ac.uk"],
    Kind.CARD: [
        "4111 1111 1111 1111",
        "4111111111111111",
        "5500-0000-0000-0004",
        "378282246310005",
        "3782 822463 10005",
        "6011000990139424",
        "3530111333300000",
        "30569309025904",
        "2223003122003222",
    ],
    Kind.IBAN: [
        "ES91 2100 0418 4502 0005 1332",
        "ES9121000418450200051332",
        "de89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "NO93 8601 1117 947",
        "FR1420041010050500013M02606",
    ],
    Kind.RUT: [
        "12.345.678-5",
        "12345678-5",
        "7.654.321-6",
        "RUT 123456785",
        "11.111.111-1",
        "20.347.007–K",
        "20347007-k",
    ],
    Kind.DNI: ["12345678Z", "12345678-Z", "12.345.678-Z", "X1234567L", "x1234567l", "Y-1234567-X", "DNI 12345678 Z"],
    Kind.CURP: ["BOXW310820HNERXN09", "boxw310820hnerxn09"],
    Kind.RFC: ["GODE561231GR8", "GODE 561231 GR8", "MAB-930714-8T4"],
    Kind.CUIT: ["20-05536168-2", "20055361682", "30-50001091-2"],
    Kind.IP: ["81.2.69.142", "192.168.1.20", "2001:db8::1", "fe80::1ff:fe23:4567:890a"],
    Kind.BIRTH_DATE: [
        "nací el 3 de mayo de 1980",
        "Fecha de nacimiento: 03/05/1980",
        "born on May 3, 1980",
        "DOB 1980-05-03",
        "birthday is 3rd of May 1980",
        "cumpleaños: 3 de mayo",
        "F. nac. 03-05-80",
    ],
    Kind.PHONE: [
        "+34 612 345 678",
        "612 345 678",
        "612345678",
        "91 123 45 67",
        "+56 9 8765 4321",
        "+52 55 1234 5678",
        "(55) 1234-5678",
        "+54 9 11 2345-6789",
        "tel. 011 15-2345-6789",
        "+51 987 654 321",
        "987 654 321",
        "+57 301 234 5678",
        "+1 (212) 736-5000",
        "(212) 736-5000",
        "212-736-5000",
        "0034 612345678",
        "+44 20 7946 0958",
        "teléfono 2 2345 6789",
    ],
    Kind.NAME: [
        "me llamo Ana María López",
        "My name is John Smith",
        "el Sr. Pérez",
        "la Dra. Carmen de la Fuente",
        "Mr. O'Brien",
        "Doña Inés",
        "Dear Peter",
        "Estimada Lucía",
        "me llamo pedro",
        "I'm Jane Roe",
        "soy Luis García",
        "Prof. Ñuñez",
        "Saludos,\nAna Ruiz",
        "Nombre: José Luis Gómez",
        "Paciente: Marta Soto",
        "Ms Jones",
        "Patient: Ann Lee",
        "Dr. J. Watson",
    ],
}
LOOK_ALIKES = {
    Kind.EMAIL: ["@gradio", "a@b", "user@host", "3 @ 5.00", "@app.route"],
    Kind.CARD: [
        "4111 1111 1111 1112",
        "1234567812345670",
        "490154203237518",
        "0.4111111111111111",
        "41111111111111111111",
        "4111-1111-1111-1111-abc",
        "9780306406157",
    ],
    Kind.IBAN: [
        "ES92 2100 0418 4502 0005 1332",
        "ES91 2100 0418",
        "AB12 3456 7890 1234 5678",
        "ISO9001 and more words here",
    ],
    Kind.RUT: ["12.345.678-4", "12345678-9", "123456785", "2026-11", "1.234.567-8 EUR"],
    Kind.DNI: ["12345678A", "12345678 y", "X1234567A", "00000000B", "20261123T"],
    Kind.CURP: ["BOXW310820HNERXN08", "BOXW319920HNERXN09", "ABCDEFGHIJKLMNOPQR"],
    Kind.RFC: ["GODE561231GR7", "GODE569931GR8", "HTTP200000ABC"],
    Kind.CUIT: ["20-05536168-3", "20055361683", "99-05536168-2", "12345678901"],
    Kind.IP: ["version 1.2.3.4", "v1.2.3.4", "256.1.1.1", "1.2.3.4.5", "127.0.0.1", "std::vector", "a::b", "10:20:30"],
    Kind.BIRTH_DATE: ["on 03/05/2020 we met", "the meeting is on May 3, 2020"],
    Kind.PHONE: [
        "2026-11-23 10:20",
        "1.000.000",
        "3.141592653",
        "600.000.000 €",
        "0123456789012345678",
        "pages 12-15",
        "1700000000",
    ],
    Kind.NAME: ["Hola Mundo", "Dear Sir", "Estimado cliente", "I am Spanish", "soy de Madrid", "the name of Rome"],
}
CHECKED = (Kind.CARD, Kind.IBAN, Kind.RUT, Kind.DNI, Kind.CURP, Kind.RFC, Kind.CUIT)
LEAST = (
    dict.fromkeys(Kind, 0.95) | dict.fromkeys(CHECKED, 1.0) | {Kind.PHONE: 0.9, Kind.BIRTH_DATE: 0.9, Kind.NAME: 0.8}
)
FRAMES = ("{}", "Sí: {}, gracias.", "({})", "antes {} después", "<{}>", "12 {} 34", "«{}»\n")
PATHOLOGICAL = (
    "4111 1111 ",
    "a@",
    "ES91 2100 ",
    "1",
    "nacido ",
    "1.2.",
    "Sr. ",
    "+34 612 ",
    "a:b:",
    "Ana ",
    "<EMAIL_",
    ". ",
)
MODULES = (personal_dates, personal_names, personal_numbers, personal_patterns, personal_phones)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_true_is_found(kind: Kind) -> None:
    texts = [frame.format(sample) for sample in TRUE[kind] for frame in FRAMES[: 5 if kind is Kind.PHONE else 7]]
    missed = [text for text in texts if all(found.kind is not kind for found in find(text))]
    assert 1 - len(missed) / len(texts) >= LEAST[kind], missed


@pytest.mark.parametrize("kind", Kind)
def test_what_only_looks_like_it_is_left(kind: Kind) -> None:
    texts = [frame.format(sample) for sample in LOOK_ALIKES[kind] for frame in FRAMES[:4]]
    assert [text for text in texts if any(found.kind is kind for found in find(text))] == []


def test_words_stand_for_what_is_hidden() -> None:
    text = "Me llamo Ana Ruiz, ana@correo.es, tarjeta 4111 1111 1111 1111."
    assert mask(text) == "Me llamo [name], [e-mail], tarjeta [card]."
    assert mask(text, {Kind.NAME: "nombre", Kind.EMAIL: "correo", Kind.CARD: "tarjeta"}).startswith("Me llamo [nombre]")
    assert mask("") == ""


@pytest.mark.parametrize("part", PATHOLOGICAL)
def test_twice_the_text_is_twice_the_work(part: str) -> None:
    text = part * 400
    assert _num_calls(text * 2) <= 2.3 * _num_calls(text) + 200


@pytest.mark.parametrize("module", MODULES)
def test_no_pattern_can_match_without_bound(module: ModuleType) -> None:
    """What bounds a match bounds also how often it is tried again at one place."""
    values = [one for value in vars(module).values() for one in (value if isinstance(value, tuple) else (value,))]
    patterns = [value for value in values if isinstance(value, re.Pattern)]
    assert patterns
    for pattern in patterns:
        _, longest = parse(pattern.pattern, pattern.flags).getwidth()
        assert longest <= 1_000, pattern.pattern


def _num_calls(text: str) -> int:
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        find(text)
    finally:
        sys.setprofile(None)
    return count
