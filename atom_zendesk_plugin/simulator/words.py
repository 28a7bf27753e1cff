"""The words that made-up people, companies and tickets are put together from. Nothing here is a real person's.

Longer lists make richer accounts; changing a list changes what every seed gives.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

_FIRST: Final = (
    "Ada, Amara, Anton, Bella, Bruno, Carla, Chidi, Clara, Dario, Dina, Edgar, Elif, Emil, Farah, Felix, Freya, "
    "Gita, Goran, Hanna, Hugo, Ines, Ivan, Jana, Jonas, Kaito, Karin, Leila, Linus, Lucia, Malik, Marta, Milo, "
    "Nadia, Nils, Noor, Olga, Oscar, Paula, Pedro, Quinn, Rania, Remy, Rosa, Samir, Selma, Sofia, Tariq, Thea, "
    "Tomas, Uma, Vera, Viktor, Wanda, Yara, Yusuf, Zora"
)

_LAST: Final = (
    "Abara, Adler, Almeida, Bakker, Berg, Castro, Chen, Costa, Dahl, Demir, Diaz, Eriksen, Falk, Ferrari, Fischer, "
    "Garcia, Haddad, Hansen, Horvat, Ito, Jansen, Kaya, Keller, Kim, Kovacs, Kumar, Larsen, Lopez, Maier, Marino, "
    "Moreau, Nakamura, Novak, Okafor, Olsen, Patel, Petrov, Rossi, Santos, Sato, Schmid, Silva, Singh, Suzuki, "
    "Tanaka, Torres, Vargas, Virtanen, Weber, Yilmaz"
)

_COMPANY_ONE: Final = (
    "Blue, Bright, Clear, Copper, East, Fern, Green, Harbor, Iron, Lake, Maple, North, Oak, River, Silver, South"
)
_COMPANY_TWO: Final = (
    "Bakery, Cycles, Dental, Foods, Garden, Labs, Logistics, Media, Optics, Print, Rail, Robotics, Sports, Tools"
)

_THINGS: Final = (
    "invoice, order, password, parcel, dashboard, export, subscription, mobile app, report, account, webhook, "
    "refund, delivery date, user list, calendar, printer, login page, discount code, contract, notification"
)

_TROUBLES: Final = (
    "is missing, shows an error, arrived damaged, is much too slow, was charged twice, cannot be opened, has the "
    "wrong address, stopped working today, does not match, needs to be changed, keeps disappearing, asks for a code "
    "again and again"
)

_OPENINGS: Final = ("Hello,", "Hi there,", "Good morning,", "Dear support team,", "Hi,")

_DETAILS: Final = (
    "It happened after the last update.",
    "I tried another browser and the result is the same.",
    "A colleague sees the same thing.",
    "We need this before the end of the week.",
    "It worked fine until yesterday.",
    "I attached nothing, but I can send a screenshot.",
    "Please tell me what you need to know.",
    "This is the second time this month.",
)

_AGENT_LINES: Final = (
    "Thank you for writing. I am looking into it.",
    "Could you tell me the number on your confirmation?",
    "I have changed it on our side; could you try again?",
    "Our specialists are checking this and I will come back to you today.",
    "This should work now. Please let me know how it goes.",
    "I have sent the corrected document to your address.",
)

_CUSTOMER_LINES: Final = (
    "Thanks, I tried it but nothing changed.",
    "The number is {number}.",
    "Yes, it still happens.",
    "That helped a little, though not completely.",
    "Any news on this?",
    "Sorry, I overlooked your message. Here is what you asked for: {number}.",
)

_NOTES: Final = (
    "Seen this before with another customer.",
    "Asked billing to confirm.",
    "Waiting for the carrier to answer.",
    "Logs show a timeout on our side.",
)

_SOLVED_LINES: Final = (
    "I am glad that this is solved. Have a good day!",
    "All done: the change is in place.",
    "The refund is on its way and takes about three days.",
    "This is fixed with today's release.",
)

_PRAISE: Final = ("Quick and friendly.", "Solved at once, thank you!", "Very clear answers.")
_BLAME: Final = ("Took too long.", "Nobody read what I wrote.", "Still not working.")

TAGS: Final = ("vip", "renewal", "bug", "question", "shipping", "refund", "onboarding", "mobile", "web", "urgent_call")
GROUPS: Final = ("Support", "Billing", "Technical", "Escalations")
TIME_ZONES: Final = (
    ("Eastern Time (US & Canada)", "America/New_York"),
    ("Berlin", "Europe/Berlin"),
    ("London", "Europe/London"),
    ("Tokyo", "Asia/Tokyo"),
)


@dataclass(frozen=True, slots=True)
class Wordsmith:
    """Makes names and texts from one source of chance."""

    rng: random.Random

    def person(self) -> str:
        return f"{self._one_of(_FIRST)} {self._one_of(_LAST)}"

    def company(self) -> str:
        return f"{self._one_of(_COMPANY_ONE)} {self._one_of(_COMPANY_TWO)}"

    def subject(self) -> str:
        return f"My {self._one_of(_THINGS)} {self._one_of(_TROUBLES)}"

    def complaint(self, subject: str) -> str:
        details = " ".join(self.rng.sample(_DETAILS, 2))
        return f"{self.rng.choice(_OPENINGS)}\n\n{subject}. {details}"

    def agent_line(self) -> str:
        return self.rng.choice(_AGENT_LINES)

    def customer_line(self) -> str:
        return self.rng.choice(_CUSTOMER_LINES).format(number=self.order_number())

    def note(self) -> str:
        return self.rng.choice(_NOTES)

    def solution(self) -> str:
        return self.rng.choice(_SOLVED_LINES)

    def verdict(self, score: str) -> str:
        return self.rng.choice(_PRAISE if score == "good" else _BLAME)

    def _one_of(self, listed: str) -> str:
        return self.rng.choice(listed.split(", "))

    def order_number(self) -> str:
        return f"A-{self.rng.randrange(100_000, 1_000_000)}"
