"""Names of people, where a word before them says that one follows: as good as that gets without a list of all names."""

from __future__ import annotations

import re
from collections.abc import Iterator

UPPER, LOWER = "A-ZÁÉÍÓÚÜÑÇÀÈÌÒÙÂÊÎÔÛÄËÏÖ", "a-záéíóúüñçàèìòùâêîôûäëïöß"
CAPITAL = rf"(?:(?:[DOL]['’])?[{UPPER}][{LOWER}]{{1,24}}(?:['’-][{UPPER}][{LOWER}]{{1,24}})?)"
INITIAL = r"(?:[A-ZÁÉÍÓÚÑ]\.)"
PARTICLE = r"(?:(?:de la|de los|de las|de|del|da|dos|van der|van|von|y|i|Mc|Mac) )"
NAME = rf"(?:{CAPITAL}|{INITIAL})(?: {PARTICLE}?(?:{CAPITAL}|{INITIAL})){{0,4}}"
ANY_CASE = r"[^\W\d_]{2,24}"
TOLD = (  # one tells a name, however it is written
    r"\bme llamo|\bmi nombre(?: completo)? es|\bse llama|\bsu nombre es|\bmy (?:full )?name is|\bmy name's|\bhis n"
    r"ame is|\bher name is"
    r"|\bcall me|\bnombre(?: completo| del paciente| y apellidos)?:|\bpaciente:|\bcliente:|\bpatient:|\bcustomer:|"
    r"\bfull name:|\bname:"
    r"|\bfirmado(?: por)?:?|\bsigned(?: by)?:?|\bapellidos?:|\bsurname:|\btitular:"
)
BESIDE = (  # a name follows when it looks like one
    r"\bSres?\.|\bSra?s?\.|\bSrta\.|\bDra?\.|\bDña\.|\bD\.ª|\b[Ss]eñor(?:a|ita)?|\b[Dd]on|\b[Dd]oña|\b[Dd]octora?|"
    r"\bProfa?\.|\b[Pp]rofesora?"
    r"|\bLic\.|\bLcdo\.|\bLcda\.|\bIng\.|\bArq\.|\bAbg\.|\bMr\.?|\bMrs\.?|\bMs\.?|\bMiss|\bDr|\bProf|\bDoctor|\bPr"
    r"ofessor|\bSir|\bEstimad[oa]s?"
    r"|\bQuerid[oa]s?|\bDear|\b(?:Atentamente|Saludos|Un saludo|Cordialmente|Un abrazo|Regards|Best regards|Kind r"
    r"egards|Sincerely|Yours),\s{1,3}"
)
AFTER_TOLD = re.compile(rf"(?i:{TOLD}) {{0,3}}(?:({NAME})|({ANY_CASE}))")
AFTER_TITLE = re.compile(rf"(?:{BESIDE}) {{0,2}}(?:(?:Dra?|Sra?|D|Dña|Prof)\. ?|[Dd]on |[Dd]oña |[Ss]eñora? )?({NAME})")
FULL_NAME = re.compile(
    rf"\b(?:[Ss]oy|I am|I['’]m|[Yy]o soy|[Tt]his is|[Hh]abla) ({CAPITAL}(?: {PARTICLE}?"
    rf"{CAPITAL}){{1,3}})"
)
SPANISH = (
    "a al el en es la las los lo un una que de del no qué cliente clientes señor señora señores todos todas equipo"
)
ENGLISH = (
    "an as the not in of to it is so if what customer sir madam sirs all team colleagues friend friends world user"
)
NO_NAMES = frozenset(f"{SPANISH} {ENGLISH} amigo amiga amigos mundo usuario".split())


def names(text: str) -> Iterator[tuple[int, int]]:
    """Names without their titles."""
    for match in AFTER_TOLD.finditer(text):
        group = 1 if match[1] else 2
        if match[group].lower() not in NO_NAMES:
            yield match.span(group)
    for pattern in (AFTER_TITLE, FULL_NAME):
        for match in pattern.finditer(text):
            if match[1].split(" ")[0].lower() not in NO_NAMES and len(match[1].rstrip(".")) > 1:
                yield match.span(1)
