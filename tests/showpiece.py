"""An answer with all that markdown has, for pictures of the page."""

from __future__ import annotations

SHOWPIECE = """A **list** can change after it is made; a **tuple** cannot.

```python
shopping: List[str] = ["bread", "milk"]   # a list
shopping.append("tea")
point = (3, 4)                            # a tuple
if len(shopping) < 5 and point[0] > 2:
    print(f"<b>{shopping}</b>")
```

| | list | tuple |
|---|---|---|
| changes | yes | no |
| written with | `[ ]` | `( )` |

In mathematics a pair $$ (a, b) \\in A \\times B, \\quad a < b $$ is a tuple of two,
and \\(x^2 + y^2 = r^2\\) holds on a circle.

> Use a tuple when the places have meanings.

1. Make it.
2. Read it, see [the tutorial](https://docs.python.org/3/tutorial/).
"""

SHOWPIECE_ES = """Una **lista** se puede cambiar después de crearla; una **tupla**, no.

```python
compra = ["pan", "leche"]   # una lista
compra.append("té")
punto = (3, 4)              # una tupla
```

| | lista | tupla |
|---|---|---|
| cambia | sí | no |
| se escribe con | `[ ]` | `( )` |

La distancia de un punto \\((x, y)\\) al origen es

$$ d = \\sqrt{x^2 + y^2} $$

> Usa una tupla cuando cada lugar tiene un significado.
"""
