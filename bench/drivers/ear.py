"""Making answers of the bytes that connections hear, and judging them: a byte-identical answer is judged only once."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.drivers.question import Question
from bench.drivers.response import Answer, Reader


class Heard(NamedTuple):
    """A whole answer: its fault if it has one, whether the connection may be used again, its bytes on the wire."""

    fault: str | None
    keep: bool
    size: int


class Ear:
    """The answers that are on their way, by descriptor, and the last right answer to each question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._known: list[tuple[bytes, bool] | None] = [None] * len(questions)
        self._readers: dict[int, Reader] = {}
        self.hopes: list[bytes | None] = [None] * len(questions)
        """The bytes that would be right again and let the connection live, question by question."""

    def understand(self, fd: int, number: int, data: bytes) -> Heard | None:
        """Take what came (nothing means the end); None until the answer is whole.

        Raises MalformedError, and ConnectionResetError for an end before the first byte.
        """
        known = self._known[number]
        reader = self._readers.get(fd)
        if reader is None and known and data == known[0]:
            return Heard(None, known[1], len(data))
        answer = self._read(fd, reader or Reader(self._questions[number].bodiless), data)
        if answer is None:
            return None
        self._readers.pop(fd, None)
        fault = self._questions[number].fault(answer)
        if fault is None and len(data) == answer.size:
            self._known[number] = data, answer.keep
            self.hopes[number] = data if answer.keep else None
        return Heard(fault, answer.keep, answer.size)

    def _read(self, fd: int, reader: Reader, data: bytes) -> Answer | None:
        answer = reader.feed(data) if data else reader.close()
        if answer is None:
            if not data:
                raise ConnectionResetError
            self._readers[fd] = reader
        return answer

    def forget(self, fd: int) -> bool:
        """Let go of what a lost connection had begun to say; whether it had."""
        return self._readers.pop(fd, None) is not None
