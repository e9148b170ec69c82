"""What the Playground's Context tab can be tried with: what matters for the question was said at the very beginning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ContextExample:
    """``question`` comes after ``conversation``; unless ``is_chat`` both are one text."""

    conversation: str
    question: str
    is_chat: bool = True


TALK_EN = """Hello! My name is Ana, and I cannot eat peanuts.

Nice to meet you, Ana. I will remember that peanuts are not for you. What can I do for you today?

I am planning a week in the south of Chile with my two brothers. Where should we begin?

Begin in Puerto Varas: it lies on a large lake, with a volcano on the other shore, and buses go everywhere.

How do we get there from Santiago without a plane?

Take a night bus. It leaves at nine in the evening and arrives the next morning after about twelve hours.

And what is there to see near the lake?

The waterfalls of Petrohué, the forest around the lake of All Saints, and the German houses of Frutillar.

One of my brothers likes birds. Is there a good place for him?

The wetlands of Maullín, by the sea: more than a hundred kinds of birds have been counted there.

Will it rain a lot in February?

Less than in winter, but take a rain jacket: in the south it can rain on any day of the year.

How much money should we count on for a day?

Some forty thousand pesos for each of you, with a bed in a hostel, buses and simple meals.

Thank you. We would like to cook for ourselves, too.

Then choose a hostel with a kitchen, and buy fish and vegetables at the market of Angelmó."""
TALK_ES = """¡Hola! Me llamo Ana y no puedo comer maní.

Mucho gusto, Ana. Voy a recordar que el maní no es para ti. ¿En qué te ayudo hoy?

Estoy planeando una semana en el sur de Chile con mis dos hermanos. ¿Por dónde empezamos?

Empiecen en Puerto Varas: está junto a un gran lago, con un volcán en la otra orilla, y salen buses a todas partes.

¿Cómo llegamos desde Santiago sin avión?

Tomen un bus nocturno. Sale a las nueve de la noche y llega a la mañana siguiente, después de unas doce horas.

¿Y qué hay para ver cerca del lago?

Los saltos del Petrohué, el bosque alrededor del lago Todos los Santos y las casas alemanas de Frutillar.

A uno de mis hermanos le gustan los pájaros. ¿Hay un buen lugar para él?

Los humedales de Maullín, junto al mar: ahí se han contado más de cien especies de aves.

¿Llueve mucho en febrero?

Menos que en invierno, pero lleven una chaqueta impermeable: en el sur puede llover cualquier día del año.

¿Cuánto dinero calculamos por día?

Unos cuarenta mil pesos cada uno, con cama en un hostal, buses y comidas sencillas.

Gracias. También nos gustaría cocinar.

Entonces elijan un hostal con cocina y compren pescado y verduras en el mercado de Angelmó."""
STORY_EN = """The lighthouse keeper was called Mateo, and his dog was called Luna. They lived alone on the island.
Every evening Mateo climbed the ninety-one steps and lit the lamp. Every morning he wrote the weather into a book.
The book was older than he was. On its first page somebody had drawn a whale. In winter no boat came for weeks. Then
Mateo baked bread, mended his nets and told old stories to the dog. The dog listened with one ear. One night the
storm was so strong that the door flew open. The lamp went out. Mateo felt his way up the stairs in the dark, with
the matches in his mouth. Far out at sea he saw a small red light. It went up and down with the waves. He struck one
match, then another. The third one burned. The lamp was lit again, and the red light turned towards the harbour. In
the morning a fisherman stood at the door. He brought a basket of apples. "Your light was gone for ten minutes," he
said. "I counted them." Mateo laughed and put the kettle on. The two men drank tea until noon. Then the fisherman
went back to his boat. Mateo sat down, opened the book and wrote about the night."""
STORY_ES = """El guardián del faro se llamaba Mateo y su perra se llamaba Luna. Vivían solos en la isla. Cada tarde
Mateo subía los noventa y un escalones y encendía la lámpara. Cada mañana anotaba el tiempo en un libro. El libro
era más viejo que él. En la primera página alguien había dibujado una ballena. En invierno no llegaba ningún bote
durante semanas. Entonces Mateo horneaba pan, remendaba las redes y le contaba historias viejas a la perra. La perra
escuchaba con una oreja. Una noche la tormenta fue tan fuerte que la puerta se abrió de golpe. La lámpara se apagó.
Mateo subió a tientas la escalera, con los fósforos en la boca. Lejos, en el mar, vio una pequeña luz roja. Subía y
bajaba con las olas. Encendió un fósforo, después otro. El tercero ardió. La lámpara volvió a alumbrar y la luz roja
giró hacia el puerto. En la mañana un pescador estaba en la puerta. Traía una canasta de manzanas. «Tu luz se apagó
diez minutos», le dijo. «Los conté.» Mateo se rio y puso la tetera. Los dos hombres tomaron té hasta el mediodía.
Después el pescador volvió a su bote. Mateo se sentó, abrió el libro y escribió sobre la noche."""

# By language of the page.
TALKS = {
    "en": ContextExample(TALK_EN, "What can I not eat?"),
    "es": ContextExample(TALK_ES, "¿Qué no puedo comer?"),
}
STORIES = {
    "en": ContextExample(STORY_EN.replace("\n", " "), "The dog was called", is_chat=False),
    "es": ContextExample(STORY_ES.replace("\n", " "), "La perra se llamaba", is_chat=False),
}
