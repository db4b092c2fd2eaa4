"""An agency's records at the edge of the station, as a town would connect them."""

from collections.abc import Sequence

from dispatch import records

AWAY = "OFFLINE"  # whoever asks for this finds them away


class TownRecords:
    """They know one plate, and can be away."""

    name = "town records"
    is_away = False

    def ask(self, question: records.Question) -> Sequence[records.Finding]:
        if self.is_away or question.words == AWAY:
            raise OSError("no route")
        found = records.Finding("渝A12345", f"reported stolen; asked by {question.officer}", "vehicles", "2026-01-01")
        return [found] if question.words == "渝A12345" else []
